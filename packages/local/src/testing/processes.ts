import { readdir, readFile } from "node:fs/promises";

/** The ids of the processes whose arguments include all of `having` and none of `lacking`. Linux only, as the engine is. */
export async function processesWith(having: readonly string[], lacking: readonly string[] = []): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    ids.map(async (id) => ({
      id: Number(id),
      // A process may have ended since its folder was seen.
      words: (await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")).split("\0"),
    })),
  );
  return commands
    .filter(
      ({ words }) => having.every((word) => words.includes(word)) && !lacking.some((word) => words.includes(word)),
    )
    .map(({ id }) => id);
}
