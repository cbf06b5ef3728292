import { type Analyzer, createAnalyzer } from "@gatehouse/core/policy/analysis/analysis.ts";
import { exit, gatewayOptions, readArguments, variablesOf } from "./commandLine.ts";
import { expand, isCedar } from "./files.ts";
import { chooseGateway, type GatewayFile, readCedarFiles, readGatewayFile } from "./gateway.ts";
import { checkNames } from "./policies.ts";
import { describeFinding, type Finding, FoundError, isWrong, UsageError } from "./problem.ts";
import { reviewAll } from "./review.ts";

/** Checks documents and Cedar files, and prints what is wrong with them. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, gatewayOptions);
  if (positionals.length === 0) throw new UsageError("Name what is to be checked: npm run policy -- check FILE...");
  const files = await expand(positionals);
  const variables = variablesOf(values.set);
  const documents = await Promise.all(
    files.filter((file) => !isCedar(file)).map((file) => readGatewayFile(file, variables)),
  );
  const cedarFiles = files.filter(isCedar);
  const context = values.gateway === undefined ? undefined : await readGatewayFile(values.gateway, variables);

  const analyzer = createAnalyzer();
  const checked: Checked[] = [];
  try {
    for (const document of documents) checked.push(await checkDocument(document, analyzer));
    if (cedarFiles.length > 0) {
      checked.push(await checkCedar(cedarFiles, gatewayOf(documents, context), values, analyzer));
    }
  } finally {
    await analyzer.close();
  }
  // What is said of a policy for one gateway can be said for another.
  const all = checked.flatMap((one) => one.findings).map((finding) => [describeFinding(finding), finding] as const);
  const findings = [...new Map(all).values()];
  for (const finding of findings) console.log(describeFinding(finding));
  const wrong = findings.filter(isWrong).length;
  const count = checked.reduce((sum, { policies }) => sum + policies, 0);
  console.log(
    `${count} ${count === 1 ? "policy" : "policies"} checked, ${wrong} ${wrong === 1 ? "finding" : "findings"}.`,
  );
  return wrong === 0 ? exit.good : exit.found;
}

interface Checked {
  readonly policies: number;
  readonly findings: readonly Finding[];
}

/** A document's own mistakes, or, without any, what there is to say of its policies. */
async function checkDocument({ gateways, findings }: GatewayFile, analyzer: Analyzer): Promise<Checked> {
  const policies = new Set(gateways.flatMap((gateway) => gateway.policies.map(({ place }) => place.line))).size;
  if (findings.length > 0) return { policies, findings };
  const reviews = await Promise.all(gateways.map((gateway) => reviewAll(gateway.policies, gateway, analyzer)));
  return { policies, findings: reviews.flat() };
}

async function checkCedar(
  files: readonly string[],
  context: GatewayFile,
  { "gateway-name": name }: { readonly "gateway-name"?: string | undefined },
  analyzer: Analyzer,
): Promise<Checked> {
  if (context.gateways.length === 0 && context.findings.length > 0) throw new FoundError(context.findings);
  const gateway = chooseGateway(context, name);
  const { policies, findings } = await readCedarFiles(files, context);
  return {
    policies: policies.length,
    findings: [...findings, ...checkNames(policies), ...(await reviewAll(policies, gateway, analyzer))],
  };
}

/** The gateway of Cedar files: as was said, or that of the one document beside them. */
function gatewayOf(documents: readonly GatewayFile[], context: GatewayFile | undefined): GatewayFile {
  const [only] = documents;
  if (context !== undefined) return context;
  if (only !== undefined && documents.length === 1) return only;
  throw new UsageError("Say --gateway FILE: whose tools the policies are about.");
}
