import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

const report = process.env.GATEHOUSE_TEST_REPORT;

// Tests run hundreds of command lines and hosts, each a process: what Node compiles for one, it keeps for the next.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/compiled");

/**
 * Tests that start no whole Gatehouse change nothing that another file could see, so that one process can run many of
 * them and loads the AWS SDK and compiles Cedar once, not once a file: that halves what a small file takes.
 */
const together = [
  "packages/{apply,core,evaluate,policy}/src/**/*.test.ts",
  "examples/**/*.test.ts",
  "scripts/**/*.test.ts",
  "bench/**/*.test.ts",
];
/**
 * Tests that start a whole Gatehouse need its modules afresh, because they belong to the one Gatehouse of their process,
 * but not the libraries below: to load those takes four fifths of what a start takes.
 */
const afresh = ["test/{conformance,e2e,identity,security}/**/*.test.ts"];
/** Who puts something in a module's place, or changes the environment, does it for the whole process, and needs one of its own. */
const changesTheProcess = /\bvi\.(mock|doMock|stubEnv|stubGlobal)\(|\bprocess\.env\.\w+ \S?\S?=[^=]/;
const ofTheirOwn = globSync(together).filter((file) => changesTheProcess.test(readFileSync(file, "utf8")));

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["packages/{functions,local}/src/**/*.test.ts", "test/**/*.test.ts", ...ofTheirOwn],
          exclude: [...configDefaults.exclude, ...afresh],
        },
      },
      {
        extends: true,
        test: {
          name: "afresh",
          include: afresh,
          isolate: false,
          setupFiles: ["test/support/afresh.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "together",
          include: together,
          exclude: [...configDefaults.exclude, ...ofTheirOwn],
          isolate: false,
        },
      },
    ],
    // Files run side by side: each brings up its own ports and data.
    pool: "forks",
    // Left to itself, vitest keeps one core idle: of two, that is half.
    maxWorkers: "100%",
    // Long enough for a machine that is busy with something else: what hangs, hangs for ever.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
