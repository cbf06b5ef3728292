import { vi } from "vitest";

/**
 * For tests only: keeps what the process writes, instead of showing it, and lets the functions log all that they ever do.
 * To be called before anything of Gatehouse is imported: loggers read their level once.
 */
export function captureOutput(): { text(): string; release(): void } {
  process.env.POWERTOOLS_LOG_LEVEL = "DEBUG";
  let written = "";
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    }),
  );
  return {
    text: () => written,
    release: () => {
      for (const stream of streams) stream.mockRestore();
    },
  };
}
