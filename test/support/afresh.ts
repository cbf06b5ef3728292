import { afterAll, vi } from "vitest";

/**
 * What a file leaves behind in the process that the next one finds: its environment is put back, and the project's
 * modules are forgotten, so that the next file evaluates its own and starts a Gatehouse that knows nothing of the one
 * before. Only the libraries below them stay as they are, which take most of the time of a start.
 */
const environment = { ...process.env };

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  vi.resetModules();
});
