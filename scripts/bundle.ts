import { copyFile, mkdir, rm } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { functionNames, functionsFolder } from "../examples/insurance/functionNames.ts";
import { topology } from "../packages/functions/src/topology.ts";

/** A function as it is uploaded. */
export interface Bundle {
  readonly name: string;
  /** The folder, whose `index.mjs` exports `handler`. */
  readonly folder: string;
  /** The size of the JavaScript that is loaded when it starts, in bytes. What is imported when it is needed is not. */
  readonly bytes: number;
  /** Other files beside it: the WebAssembly that it reads when it starts. */
  readonly files: readonly string[];
}

const root = join(import.meta.dirname, "..");
const core = createRequire(join(root, "packages/core/package.json"));

/** Packages that read a file of theirs from beside the code. */
const wasm: Readonly<Record<string, string>> = {
  "@cedar-policy/cedar-wasm": join(dirname(core.resolve("@cedar-policy/cedar-wasm/nodejs")), "cedar_wasm_bg.wasm"),
  "@cedar-policy/mcp-schema-generator-wasm": join(
    dirname(core.resolve("@cedar-policy/mcp-schema-generator-wasm")),
    "cedar_policy_mcp_schema_generator_wasm_bg.wasm",
  ),
};

/** The solver's thread is another module, which the one that starts it finds beside itself, and Z3 beside that. */
const solver = {
  startedBy: "packages/core/src/policy/analysis/solver/solver.ts",
  worker: join(root, "packages/core/src/policy/analysis/solver/solverWorker.ts"),
  files: ["z3-built.js", "z3-built.wasm"].map((file) => join(dirname(core.resolve("z3-solver")), file)),
};

/**
 * What asks STS is bundled by itself. It needs of the AWS SDK what nothing else does, and esbuild would put that beside what
 * every function loads when it starts, because it lies in the same packages.
 */
const sts = {
  importedBy: "packages/core/src/gateway/targets/credentials/gatewayRoles.ts",
  module: join(root, "packages/core/src/gateway/targets/credentials/sts.ts"),
};

/** What CommonJS packages expect, and a module doesn't have. */
const commonJs = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("");

/** What esbuild has to know of Lambda's runtime. */
export const forLambda = {
  bundle: true,
  minify: true,
  // For the names of functions in the stack traces of logs, at a fifteenth of the size.
  keepNames: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What is imported when it is needed stays a file of its own. Without it esbuild leaves modules of zod uninitialised.
  splitting: true,
  outExtension: { ".js": ".mjs" },
  banner: { js: commonJs },
  logLevel: "error",
} as const satisfies BuildOptions;

/**
 * Bundles modules for Lambda, each by itself: `<folder>/<name>/index.mjs`, and beside it what it reads.
 * @param entries the module of each function, by the function's name.
 * @throws Error of esbuild, for a module that can't be bundled.
 */
export async function bundle(entries: Readonly<Record<string, string>>, folder: string): Promise<Bundle[]> {
  return Promise.all(
    Object.entries(entries).map(async ([name, entry]) => {
      const out = join(folder, name);
      await rm(out, { recursive: true, force: true });
      await mkdir(out, { recursive: true });
      const metafile = await bundleModule({ index: entry }, out);
      const solves = Object.keys(metafile.inputs).includes(solver.startedBy);
      if (solves) await bundleModule({ solverWorker: solver.worker }, out);
      if (Object.keys(metafile.inputs).includes(sts.importedBy)) await bundleModule({ sts: sts.module }, out);
      const files = [...wasmOf(metafile), ...(solves ? solver.files : [])];
      await Promise.all(files.map((file) => copyFile(file, join(out, basename(file)))));
      return { name, folder: out, bytes: bytesAtStart(metafile), files: files.map((file) => basename(file)) };
    }),
  );
}

/** The functions of the topology: name to module. */
export function functionEntries(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(topology.functions).map(([name, { module }]) => [
      name,
      join(root, "packages/functions/src", module),
    ]),
  );
}

/** The functions of the insurance example, which its gateway has as targets. */
export function exampleEntries(): Record<string, string> {
  return Object.fromEntries(functionNames(root).map((name) => [name, join(root, functionsFolder, `${name}.ts`)]));
}

async function bundleModule(entryPoints: Record<string, string>, outdir: string): Promise<Metafile> {
  const shims = join(root, "packages/core/src/gateway/sdkShims.ts");
  const { metafile } = await build({
    entryPoints,
    outdir,
    ...forLambda,
    absWorkingDir: root,
    mainFields: ["module", "main"],
    plugins: [lazyBuiltins, lazyGenerator, stsByItself, z3AsItIs],
    alias: {
      "@modelcontextprotocol/server/_shims": shims,
      "@aws-sdk/credential-provider-node": join(root, "packages/functions/src/credentials.ts"),
    },
    metafile: true,
  });
  return metafile;
}

/**
 * Takes Node's own modules as CommonJS does. When an ES module imports one, Node first reads every property of it, and
 * those of `node:http` load a second HTTP client: a fifth of the time that a function takes to start.
 */
const lazyBuiltins: Plugin = {
  name: "lazy builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join("|")})$`) }, ({ path, kind }) =>
      kind === "import-statement" ? { path: path.replace(/^node:/, ""), namespace: "builtin" } : null,
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Loads the schema generator, which reads and compiles its WebAssembly at once, when it is first asked: a gateway seldom
 * does.
 */
const lazyGenerator: Plugin = {
  name: "lazy schema generator",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@cedar-policy\/mcp-schema-generator-wasm$/ }, ({ path, namespace }) =>
      namespace === "lazy" ? null : { path, namespace: "lazy" },
    );
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents: `exports.generateSchema = (...input) => require(${JSON.stringify(path)}).generateSchema(...input);`,
      resolveDir: dirname(core.resolve(path)),
    }));
  },
};

const stsByItself: Plugin = {
  name: "STS by itself",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/sts\.ts$/ }, () => ({ path: "./sts.mjs", external: true }));
  },
};

/** Z3's own code starts threads from its file, which therefore must stay one. */
const z3AsItIs: Plugin = {
  name: "Z3 as it is",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/z3-built$/ }, () => ({ path: "./z3-built.js", external: true }));
  },
};

/** The size of the entry point and of all that it imports at once. */
/** The size of the JavaScript that `index.mjs` loads when it starts, in bytes. */
export function bytesAtStart({ outputs }: Metafile): number {
  const start = Object.keys(outputs).find((path) => basename(path) === "index.mjs");
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && imported in outputs) load(imported);
    }
  };
  if (start !== undefined) load(start);
  return [...loaded].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

function wasmOf({ inputs }: Metafile): string[] {
  const modules = Object.keys(inputs);
  return Object.entries(wasm).flatMap(([name, file]) =>
    modules.some((module) => module.includes(`node_modules/${name}/`)) ? [file] : [],
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = ".sst/bundles"] = process.argv.slice(2);
  const entries = { ...functionEntries(), ...exampleEntries() };
  const bundles = await bundle(entries, resolve(folder));
  for (const { name, bytes, files } of bundles)
    console.log([name, `${Math.ceil(bytes / 1000)} KB`, ...files].join("  "));
}
