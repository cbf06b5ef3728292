import { vi } from "vitest";

/** How a command ended, and what it has printed. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * For tests only: runs a command in this process, as if it were typed in a folder: a process of its own takes seconds.
 * @param environment all of Gatehouse's variables that it finds, besides the folder.
 */
export async function typedIn(
  folder: string,
  command: (args: readonly string[]) => Promise<number>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const printed = { stdout: "", stderr: "" };
  for (const name of Object.keys(process.env)) if (name.startsWith("GATEHOUSE_")) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ ...environment, INIT_CWD: folder })) vi.stubEnv(name, value);
  const log = vi.spyOn(console, "log").mockImplementation((text: string) => {
    printed.stdout += `${text}\n`;
  });
  const error = vi.spyOn(console, "error").mockImplementation((text: string) => {
    printed.stderr += `${text}\n`;
  });
  try {
    return { status: await command(args), ...printed };
  } finally {
    log.mockRestore();
    error.mockRestore();
    vi.unstubAllEnvs();
  }
}
