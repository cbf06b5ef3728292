import { type Profiler, Session } from "node:inspector";

/** What of some files has been executed since it was last asked, as V8 counts it, block by block. */
export interface Coverage extends Disposable {
  /** Names of blocks with how often they ran, by orders of magnitude: what two runs did alike has the same names. */
  take(): Set<string>;
}

/** Begins to count. @param files ends of the paths of the files that are of interest. */
export function startCoverage(files: readonly string[]): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  /** The blocks of each function, as far as they have become known. */
  const known = new Map<string, Map<string, Profiler.CoverageRange>>();

  function* blocksOf(file: string, { ranges }: Profiler.FunctionCoverage): Generator<string> {
    const place = `${file}:${ranges[0]?.startOffset}`;
    const blocks = known.get(place) ?? new Map<string, Profiler.CoverageRange>();
    known.set(place, blocks);
    for (const range of ranges) blocks.set(`${range.startOffset}-${range.endOffset}`, range);
    for (const [name, block] of blocks) {
      // A block that ran as often as the one around it isn't told: the innermost that is told has its count.
      const count = ranges.findLast((range) => contains(range, block))?.count ?? 0;
      if (count > 0) yield `${place}:${name}:${Math.floor(Math.log2(count))}`;
    }
  }

  return {
    take() {
      let taken: readonly Profiler.ScriptCoverage[] = [];
      // A session of the own thread answers before it returns.
      session.post("Profiler.takePreciseCoverage", (error, { result }) => {
        if (error !== null) throw error;
        taken = result;
      });
      const names = new Set<string>();
      for (const { url, functions } of taken) {
        const file = files.find((end) => url.endsWith(end));
        if (file === undefined) continue;
        for (const covered of functions) for (const name of blocksOf(file, covered)) names.add(name);
      }
      return names;
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}

function contains(outer: Profiler.CoverageRange, inner: Profiler.CoverageRange): boolean {
  return outer.startOffset <= inner.startOffset && inner.endOffset <= outer.endOffset;
}
