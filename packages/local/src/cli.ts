import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import { type Example, type SetUpExample, setUpExample } from "./example.ts";
import { type Host, type HostOptions, hasIssuer, startHost } from "./host.ts";
import { type CommandLine, help, readCommandLine } from "./options.ts";
import { welcome } from "./welcome.ts";

/** What a test puts in the place of the real functions and the real example. */
export interface Replacements extends Pick<HostOptions, "loadFunction" | "topology"> {
  readonly setUpExample?: SetUpExample;
}

/**
 * Runs Gatehouse until it is told to stop by SIGINT, SIGTERM or SIGHUP, and then exits with 0; a second signal ends it at
 * once. What keeps it from starting or running is one line on standard error, and exit status 1.
 */
export async function runCli(args: readonly string[], replacements: Replacements = {}): Promise<void> {
  const stopped = untilSignal();
  try {
    const options = readCommandLine(args, process.env);
    if (options.help) return print(help);
    requireIssuer(options);
    const host = await startHost({ ...options, ...replacements, developmentIssuer: hasIssuer(options) });
    const failure = await Promise.race([
      run(host, options, replacements).then(() => stopped),
      host.failure,
      stopped,
    ]).catch((error: unknown) => error);
    await host.stop();
    if (failure !== undefined) throw failure;
    process.exit(0);
  } catch (error) {
    console.error(oneLine(error));
    process.exit(1);
  }
}

async function run(host: Host, options: CommandLine, replacements: Replacements): Promise<void> {
  const setUp = replacements.setUpExample ?? setUpExample;
  let example: Example | undefined;
  if (options.example) {
    const { url: endpoint, region, administrator: credentials } = host;
    example = await setUp({ endpoint, issuer: host.idp.issuer, region, credentials });
    host.idp.setDefaultAudience(example.audience);
  }
  const issuer = hasIssuer(options) ? host.idp.issuer : undefined;
  print(welcome({ url: host.url, region: host.region, administrator: host.administrator, issuer, example }));
}

function untilSignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(130);
      resolve(undefined);
    });
  }
  // What one function forgets to catch must not end everything else; on AWS it would end that function only.
  process.on("unhandledRejection", (reason) =>
    console.error(`A promise was rejected and nobody noticed: ${oneLine(reason)}`),
  );
  // Whoever read the first line may have gone.
  process.stdout.on("error", () => {});
  return promise;
}

function requireIssuer(options: CommandLine): void {
  if (!options.example || hasIssuer(options)) return;
  throw new GatehouseError(
    "validation",
    `The example's users sign in at the development issuer, which is off when bound to ${options.bind}. ` +
      "Add --development-issuer to keep it for callers on this machine, or --no-example.",
  );
}

function oneLine(error: unknown): string {
  return messageOf(error).replaceAll(/\s*\n\s*/g, " ");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
