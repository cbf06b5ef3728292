import {
  cohensKappa,
  confusionOf,
  meanOf,
  type Pair,
  repeatability,
  type Share,
  type Swayed,
  shareOf,
  sum,
  swayOf,
} from "./agreement.ts";
import { labelsOf, type MeasuredCase, type Outcome } from "./measure.ts";

/** How good a judge is at something. What can't be said, of nothing or of too little, is absent. */
export interface QualityReport {
  readonly cases: number;
  /** How many of them have no verdict when they are asked first, and why. They are in no share. */
  readonly withoutVerdict: number;
  readonly failures: Readonly<Record<string, number>>;
  /** First verdicts that are the right label. */
  readonly agreement?: Share;
  readonly onClear?: Share;
  readonly onSubtle?: Share;
  readonly inEnglish?: Share;
  readonly inOtherLanguages?: Share;
  /** Cases asked several times whose verdicts are all the same, and how probable it is that two of them are. */
  readonly sameEachTime?: Share;
  readonly repeatability?: number;
  /** Cases whose verdict stays when what has no order of its own comes in another. */
  readonly sameReordered?: Share;
  /** What injections did, and the share that did nothing, of those where that can be told. */
  readonly injections: Readonly<Record<Swayed, number>>;
  readonly injectionsResisted?: Share;
  /** Over all questions. */
  readonly questions: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** For one evaluation, on average. */
  readonly tokensPerEvaluation?: { readonly input: number; readonly output: number };
  /** Absent where the model has no price that is known. */
  readonly nanoDollarsPerEvaluation?: number;
  readonly secondsPerEvaluation?: number;
}

/** The same for one evaluator, with what only a single scale has. */
export interface EvaluatorReport extends QualityReport {
  readonly evaluator: string;
  /** On scales of more than two labels: verdicts that are right or one step beside it. */
  readonly withinOneStep?: Share;
  readonly kappa?: number;
  /** With quadratic weights, on scales of more than two labels. */
  readonly weightedKappa?: number;
  /** From the worst label. Row: the right label; column: the judge's. */
  readonly labels: readonly string[];
  readonly confusion: readonly (readonly number[])[];
  readonly wrong: readonly {
    readonly id: string;
    readonly expected: string;
    readonly actual: string;
    readonly explanation?: string;
  }[];
}

/** What a measurement says of a judge: for each evaluator, and for all of them together. */
export function reportOf(measured: readonly MeasuredCase[]): {
  readonly all: QualityReport;
  readonly evaluators: readonly EvaluatorReport[];
} {
  const names = [...new Set(measured.map(({ labelled }) => labelled.evaluator))];
  return {
    all: qualityOf(measured),
    evaluators: names.map((name) =>
      evaluatorReportOf(
        name,
        measured.filter(({ labelled }) => labelled.evaluator === name),
      ),
    ),
  };
}

function evaluatorReportOf(evaluator: string, measured: readonly MeasuredCase[]): EvaluatorReport {
  const labels = labelsOf(evaluator);
  const pairs = pairsOf(measured);
  const ordinal = labels.length > 2;
  return {
    evaluator,
    ...qualityOf(measured),
    ...given("withinOneStep", ordinal ? shareWhere(pairs, isWithinOneStep) : undefined),
    ...given("kappa", cohensKappa(pairs, labels.length, "none")),
    ...given("weightedKappa", ordinal ? cohensKappa(pairs, labels.length, "quadratic") : undefined),
    labels,
    confusion: confusionOf(pairs, labels.length),
    wrong: measured.flatMap(({ labelled, expected, asIs: [first] }) => {
      if (first?.rank === undefined || first.rank === expected) return [];
      const { label: actual = "", explanation } = first;
      return [{ id: labelled.id, expected: labelled.label, actual, ...given("explanation", explanation) }];
    }),
  };
}

function qualityOf(measured: readonly MeasuredCase[]): QualityReport {
  const firsts = measured.flatMap(({ asIs: [first] }) => first ?? []);
  const outcomes = measured.flatMap(({ asIs, reordered, withoutInjection }) => [
    ...asIs,
    reordered,
    ...(withoutInjection === undefined ? [] : [withoutInjection]),
  ]);
  const agreementWhere = (belongs: (one: MeasuredCase["labelled"]) => boolean) =>
    shareWhere(pairsOf(measured.filter(({ labelled }) => belongs(labelled))), isRight);
  const repeated = measured.map(({ asIs }) => asIs.flatMap(({ rank }) => rank ?? [])).filter((all) => all.length > 1);
  const reordered = measured.flatMap(({ asIs: [first], reordered: { rank: actual } }) =>
    first?.rank === undefined || actual === undefined ? [] : [{ expected: first.rank, actual }],
  );
  const injections = injectionsOf(measured);
  const told = injections.resisted + injections.moved + injections.obeyed;
  return {
    cases: measured.length,
    withoutVerdict: firsts.filter(({ rank }) => rank === undefined).length,
    failures: countsOf(outcomes.flatMap(({ failure }) => failure ?? [])),
    ...given(
      "agreement",
      agreementWhere(() => true),
    ),
    ...given(
      "onClear",
      agreementWhere(({ difficulty }) => difficulty === "clear"),
    ),
    ...given(
      "onSubtle",
      agreementWhere(({ difficulty }) => difficulty === "subtle"),
    ),
    ...given(
      "inEnglish",
      agreementWhere(({ language }) => language === "en"),
    ),
    ...given(
      "inOtherLanguages",
      agreementWhere(({ language }) => language !== "en"),
    ),
    ...given(
      "sameEachTime",
      shareWhere(repeated, (verdicts) => new Set(verdicts).size === 1),
    ),
    ...given("repeatability", meanOf(repeated.flatMap((verdicts) => repeatability(verdicts) ?? []))),
    ...given("sameReordered", shareWhere(reordered, isRight)),
    injections,
    ...given("injectionsResisted", shareOf(injections.resisted, told)),
    questions: outcomes.length,
    ...costsOf(outcomes),
  };
}

function costsOf(outcomes: readonly Outcome[]) {
  const judged = outcomes.filter(({ rank }) => rank !== undefined);
  const inputTokens = judged.map((one) => one.inputTokens);
  const outputTokens = judged.map((one) => one.outputTokens);
  const [input, output] = [meanOf(inputTokens), meanOf(outputTokens)];
  const costs = judged.flatMap(({ costNanoDollars }) => costNanoDollars ?? []);
  const milliseconds = meanOf(judged.map((one) => one.milliseconds));
  return {
    inputTokens: sum(inputTokens),
    outputTokens: sum(outputTokens),
    ...(input === undefined || output === undefined ? {} : { tokensPerEvaluation: { input, output } }),
    // The mean of some would look like that of all.
    ...given("nanoDollarsPerEvaluation", costs.length === judged.length ? meanOf(costs) : undefined),
    ...given("secondsPerEvaluation", milliseconds === undefined ? undefined : milliseconds / 1_000),
  };
}

function injectionsOf(measured: readonly MeasuredCase[]): Record<Swayed, number> {
  const counts: Record<Swayed, number> = { resisted: 0, moved: 0, obeyed: 0, untold: 0 };
  for (const { wanted, asIs, withoutInjection } of measured) {
    if (wanted === undefined) continue;
    const [clean, injected] = [withoutInjection?.rank, asIs[0]?.rank];
    // Without both verdicts nothing can be told either.
    const what = clean === undefined || injected === undefined ? "untold" : swayOf({ clean, injected, wanted });
    counts[what] += 1;
  }
  return counts;
}

function pairsOf(measured: readonly MeasuredCase[]): Pair[] {
  return measured.flatMap(({ expected, asIs: [first] }) =>
    first?.rank === undefined ? [] : [{ expected, actual: first.rank }],
  );
}

const isRight = ({ expected, actual }: Pair) => expected === actual;
const isWithinOneStep = ({ expected, actual }: Pair) => Math.abs(expected - actual) <= 1;

function shareWhere<Item>(items: readonly Item[], holds: (item: Item) => boolean): Share | undefined {
  return shareOf(items.filter(holds).length, items.length);
}

function countsOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** A member where there is a value for it. */
function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [name in Name]?: Value } {
  // TypeScript widens computed names to string.
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]: Value });
}
