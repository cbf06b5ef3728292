import data from "../prices.json" with { type: "json" };

/** What a model call has used. Cached tokens are among the input tokens, as OpenTelemetry counts them. */
export interface Usage {
  readonly provider?: string | undefined;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

/** A model's prices, in US dollars a million tokens. */
interface ModelPrices {
  /** What it is called; `*` at an end stands for anything. */
  readonly names: readonly string[];
  readonly input: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

const providers: readonly (readonly [string, readonly ModelPrices[]])[] = Object.entries(data.providers);

/** A dollar a million tokens is so many billionths of a dollar a token. */
const nanoDollars = 1_000;

/** What a model call has cost, in billionths of a US dollar; nothing where the model's price isn't known. */
export function costOf(usage: Usage): number | undefined {
  const prices = pricesOf(usage.provider, usage.model);
  if (prices === undefined) return undefined;
  const { input, output = 0, cacheRead = input, cacheWrite = input } = prices;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  // Some leave cached tokens out of the input tokens, so that there can be more of them.
  const plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const dollars = plain * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output;
  return Math.round(dollars * nanoDollars);
}

/** Looked for once each: agents use few models. */
const remembered = new Map<string, ModelPrices | undefined>();
const mostRemembered = 1_000;

function pricesOf(provider: string | undefined, model: string): ModelPrices | undefined {
  const key = JSON.stringify([provider, model]);
  if (!remembered.has(key)) {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, find(provider, model));
  }
  return remembered.get(key);
}

function find(provider: string | undefined, model: string): ModelPrices | undefined {
  const id = providerOf(provider);
  const named = providers.filter(([name]) => name === id);
  const others = providers.filter(([name]) => name !== id);
  for (const [, models] of [...named, ...others]) {
    for (const name of namesOf(model)) {
      const found = models.find(({ names }) => names.some((pattern) => matches(pattern, name)));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Providers by the words that conventions have for them, as in `aws.bedrock` and `gcp.vertex_ai`. */
const providerWords: readonly (readonly [RegExp, string])[] = [
  [/bedrock|^aws/i, "aws"],
  [/azure/i, "azure"],
  [/vertex|gemini|google|^gcp/i, "google"],
  [/xai|x-ai|grok/i, "x-ai"],
];

function providerOf(provider = ""): string {
  const [, id] = providerWords.find(([pattern]) => pattern.test(provider)) ?? [];
  return id ?? providers.find(([name]) => provider.toLowerCase().startsWith(name))?.[0] ?? "";
}

/**
 * What a model may be called in the list: as it is; without what stands before its last slash (an ARN, a router's prefix);
 * without its date; and, of Bedrock's, without region, maker and version.
 */
function namesOf(model: string): string[] {
  const plain = model.slice(model.lastIndexOf("/") + 1);
  const undated = plain.replace(/-(?:\d{8}|\d{4}-\d\d-\d\d)$/, "");
  const ofMaker = plain.replace(/^(?:[a-z-]{2,6}\.)?[a-z]+\d*\./, "").replace(/-v\d(?::\d+)?$/, "");
  return [...new Set([model, plain, undated, ofMaker, ofMaker.replace(/-\d{8}$/, "")])];
}

function matches(pattern: string, name: string): boolean {
  const [before, after] = [pattern.startsWith("*"), pattern.endsWith("*")];
  const text = pattern.slice(before ? 1 : 0, after ? -1 : undefined);
  if (before && after) return name.includes(text);
  if (after) return name.startsWith(text);
  return before ? name.endsWith(text) : name === text;
}
