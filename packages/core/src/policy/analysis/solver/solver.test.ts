import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { int, less, type Term } from "../smt/terms.ts";
import { ask } from "./ask.ts";
import { createSolver, timeIsUp, workerUrl } from "./solver.ts";

const fermat = `(declare-const x Int)(declare-const y Int)(declare-const z Int)
  (assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))(check-sat)`;
const easy = "(declare-const x Int)(assert (> x 3))(check-sat)";

describe("the solver", () => {
  test("answers scripts one after another, and none sees another's", async () => {
    const solver = createSolver();
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        solver.run(`(declare-const x Int)(assert (= x ${i}))(check-sat)(get-value (x))`, 10_000),
      ),
    );
    await solver.close();
    expect(replies).toEqual(replies.map((_, i) => ({ output: `sat\n((x ${i}))\n` })));
  });

  test("is ended when it takes too long, and another answers", async () => {
    const solver = createSolver();
    await solver.run(easy, 10_000);
    const [hard, after] = await Promise.all([solver.run(fermat, 200), solver.run(easy, 10_000)]);
    await solver.close();
    expect(hard).toEqual({ failure: timeIsUp });
    expect(after).toEqual({ output: "sat\n" });
  });

  test.for([
    ["an error", "(assert unheard-of)(check-sat)"],
    ["an unknown command", "(unheard-of)(check-sat)"],
    ["half a command", "(check-sat"],
  ])("takes no answer from a script with %s", async ([, script = ""]) => {
    const solver = createSolver();
    expect(await solver.run(script, 10_000)).toHaveProperty("failure");
    expect(await solver.run(easy, 10_000)).toEqual({ output: "sat\n" });
    await solver.close();
  });

  test("starts again after it was closed", async () => {
    const solver = createSolver();
    await solver.close();
    expect(await solver.run(easy, 10_000)).toEqual({ output: "sat\n" });
    await solver.close();
  });

  test("says why when its worker can't start", async () => {
    const solver = createSolver(new URL("./missing.ts", import.meta.url));
    expect(await solver.run(easy, 10_000)).toEqual({ failure: expect.stringContaining("missing.ts") });
    await solver.close();
  });

  test("outlives a worker that fails while nobody asks it anything, and starts another", async () => {
    const code = `import { parentPort } from "node:worker_threads";
      parentPort.on("message", (message) => {
        if (message === "fail") throw new Error("out of memory");
        parentPort.postMessage({ output: "that was all" });
      });`;
    const solver = createSolver(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const started = Promise.withResolvers<Worker>();
    process.once("worker", started.resolve);
    expect(await solver.run(easy, 10_000)).toEqual({ output: "" });
    // Told to fail, not by itself after its reply: the news of a worker's end may overtake its last message.
    const worker = await started.promise;
    const ended = Promise.withResolvers<void>();
    worker.once("exit", () => ended.resolve());
    worker.postMessage("fail");
    await ended.promise;
    expect(await solver.run(easy, 10_000)).toEqual({ output: "" });
    await solver.close();
  });

  test("keeps no process alive, and none ends before its answer", async () => {
    const code = `import { createSolver } from ${JSON.stringify(workerUrl().href.replace("solverWorker", "solver"))};
      console.log(JSON.stringify(await createSolver().run(${JSON.stringify(easy)}, 10000)));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
    expect(JSON.parse(stdout)).toEqual({ output: "sat\n" });
  });
});

describe("questions", () => {
  const x: Term = { op: "var", sort: "Int", name: "a name with | and )" };

  test("each has its own answer, with a value for each variable", async () => {
    const solver = createSolver();
    const answers = await ask(solver, [less(int(3), x)], [less(x, int(5)), less(x, int(4)), less(int(-7), x)], 10_000);
    await solver.close();
    expect(answers.map(({ kind }) => kind)).toEqual(["some", "none", "some"]);
    expect(answers[0]).toMatchObject({ assignment: new Map([[x.name, 4n]]) });
  });

  test("what is false by itself needs no solver", async () => {
    const solver = createSolver(new URL("./missing.ts", import.meta.url));
    expect(await ask(solver, [], [less(int(2), int(1))], 10_000)).toEqual([{ kind: "none" }]);
    await solver.close();
  });
});
