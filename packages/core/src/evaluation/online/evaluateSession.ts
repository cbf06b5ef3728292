import { GatehouseError } from "../../errors.ts";
import type { EvaluationCompleted, EventPublisher, SessionEnded } from "../../observability/events.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { EvaluationRepository } from "../../storage/evaluationRepository.ts";
import type { RecordedSpan } from "../../storage/spanRepository.ts";
import type { Conversation } from "../conversation.ts";
import { conversationOf } from "../conversations/conversationOf.ts";
import { spanDocument } from "../conversations/documents/writeDocument.ts";
import { type CostedResult, evaluateSubjects } from "../evaluate.ts";
import { EvaluationError, type EvaluationTools, type Evaluator, type SentSession } from "../evaluator.ts";
import type { FindEvaluator, FoundEvaluator } from "../evaluators/find.ts";
import type { OnlineEvaluation } from "./config.ts";
import { evaluationIdOf } from "./evaluationId.ts";
import { satisfies } from "./filters.ts";
import { maxCharacters, maxSpans, type SessionSources, spansOfSession } from "./sessionSpans.ts";
import { type Place, placesIn } from "./subjects.ts";

/** What the evaluation of a session works with. */
export interface OnlineDependencies extends SessionSources {
  /** A configuration, unless it is gone or disabled. */
  readonly configOf: (configId: string) => Promise<OnlineEvaluation | undefined>;
  /** Finds evaluators as they are now. */
  readonly evaluatorOf: FindEvaluator;
  readonly evaluations: Pick<EvaluationRepository, "ofSession">;
  readonly publisher: EventPublisher;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** What has become of a session. */
export interface SessionEvaluation {
  readonly state: "evaluated" | "disabled" | "filtered";
  readonly completed: readonly EvaluationCompleted[];
  /** What could not be evaluated now, and is worth another try. */
  readonly failures: readonly Failure[];
}

/** Why an evaluator has not judged something. */
export interface Failure {
  readonly evaluatorId: string;
  readonly code: string;
  readonly message: string;
}

/** Of more turns or tool calls in a session, an evaluator judges the last ones. */
export const mostSubjects = 100;
/** What may be otherwise the next time; whatever else there is to say is said as a result. */
const passing: ReadonlySet<string> = new Set(["ModelFailed", "BudgetExceeded", "EvaluatorFailed"]);

/**
 * Has the evaluators of a configuration judge a session that is over, and publishes what each says of each subject. What was
 * said before isn't asked for again; what is said twice, because it wasn't on record yet, has the same id, and is recorded
 * once.
 * @throws whatever the tables and the bus do, or the signal's reason.
 */
export async function evaluateSession(
  { configId, sessionId, lastActivity }: Omit<SessionEnded, "schemaVersion">,
  dependencies: OnlineDependencies,
): Promise<SessionEvaluation> {
  const nothing = { completed: [], failures: [] };
  const config = await dependencies.configOf(configId);
  if (config === undefined) return { state: "disabled", ...nothing };
  // What has happened since isn't what was over, whenever this is tried.
  const before = new Date(Date.parse(lastActivity) + 60_000);
  const recorded = await spansOfSession(dependencies, { sessionId, before }, dependencies.signal);
  if (recorded !== undefined && !isAbout(config, recorded)) return { state: "filtered", ...nothing };
  const said = new Set<string>();
  for await (const { evaluationId } of dependencies.evaluations.ofSession(sessionId)) said.add(evaluationId);
  const conversation = conversationIn(recorded ?? [], sessionId);
  const sent = { sessionSpans: (recorded ?? []).map(({ span }) => spanDocument(span)), referenceInputs: [] };

  const completed: EvaluationCompleted[] = [];
  const failures: Failure[] = [];
  for (const evaluatorId of config.evaluatorIds) {
    dependencies.signal.throwIfAborted();
    const { evaluator, judge } = await found(evaluatorId, dependencies);
    const isRead = recorded !== undefined;
    const run = { config, conversation, isRead, sent, lastActivity, said, dependencies };
    const outcome = await runEvaluator(evaluator, judge, run);
    completed.push(...outcome.completed);
    failures.push(...outcome.failures);
  }
  return { state: "evaluated", completed, failures };
}

interface Run {
  readonly config: OnlineEvaluation;
  readonly conversation: Conversation;
  /** Whether the session could be read: its conversation has no turns otherwise. */
  readonly isRead: boolean;
  /** For evaluators that are code. */
  readonly sent: SentSession;
  readonly lastActivity: string;
  readonly said: ReadonlySet<string>;
  readonly dependencies: OnlineDependencies;
}

/** Has an evaluator judge what it has not judged yet. Verdicts are published as soon as they are there. */
async function runEvaluator(evaluator: Evaluator, judge: FoundEvaluator["judge"], run: Run) {
  const { signal, publisher } = run.dependencies;
  const completed: EvaluationCompleted[] = [];
  const failures: Failure[] = [];
  const places = placesIn(run.conversation, evaluator.level).slice(-mostSubjects);
  const left = places.filter((place) => !run.said.has(idOf(place, evaluator, run)));
  const tools: EvaluationTools = { signal, sent: run.sent, ...(judge === undefined ? {} : { judge }) };
  // In small pieces: what is published is not judged again when the rest can't be.
  for (let at = 0; at < left.length; at += judgedTogether) {
    const some = left.slice(at, at + judgedTogether);
    const timed = withTimes(evaluator);
    const { conversation, isRead } = run;
    const evaluation = { evaluator: timed.evaluator, conversation, ...targetOf(evaluator, some), most: mostSubjects };
    const results = isRead ? await evaluateSubjects(evaluation, tools) : [tooLong(evaluator, conversation)];
    const details: EvaluationCompleted[] = [];
    for (const [index, result] of results.entries()) {
      const { errorCode, errorMessage = "" } = result;
      if (errorCode !== undefined && passing.has(errorCode)) {
        failures.push({ evaluatorId: evaluator.id, code: errorCode, message: errorMessage });
        continue;
      }
      const place = some[index];
      if (place === undefined) continue;
      details.push(completedOf(result, place, timed.microsecondsOf(result), evaluator, run));
    }
    // Together: they share a request to the bus.
    await Promise.all(details.map((detail) => publisher.publish({ type: "EvaluationCompleted", detail })));
    completed.push(...details);
  }
  return { completed, failures };
}

/** As many as `evaluateSubjects` has judged at the same time. */
const judgedTogether = 4;

/** Which subjects are left. A session without turns is none's but its own. */
function targetOf({ level }: Evaluator, places: readonly Place[]) {
  if (level === "SESSION" || places.some(({ traceId }) => traceId === undefined)) return {};
  const ids = (name: "traceId" | "spanId") => places.flatMap(({ [name]: id }) => (id === undefined ? [] : [id]));
  return { target: level === "TRACE" ? { traceIds: ids("traceId") } : { spanIds: ids("spanId") } };
}

function idOf({ traceId, spanId }: Place, { id: evaluatorId }: Evaluator, { config, conversation }: Run): string {
  return evaluationIdOf({ configId: config.configId, evaluatorId, sessionId: conversation.sessionId, traceId, spanId });
}

function completedOf(
  result: CostedResult,
  place: Place,
  durationMicroseconds: number,
  evaluator: Evaluator,
  run: Run,
): EvaluationCompleted {
  const { config, conversation, lastActivity, dependencies } = run;
  const { time, ...where } = place;
  const { label, value, explanation, tokenUsage, costNanoDollars, agreement, errorCode, errorMessage } = result;
  return {
    schemaVersion: 1,
    evaluationId: idOf(place, evaluator, run),
    time: new Date(time ?? Date.parse(lastActivity)).toISOString(),
    evaluatedAt: dependencies.now().toISOString(),
    config: { id: config.configId, arn: config.configArn },
    evaluator: { id: evaluator.id, arn: evaluator.arn, name: evaluator.name },
    level: evaluator.level,
    sessionId: conversation.sessionId,
    ...where,
    ...(label === undefined ? {} : { label }),
    ...(value === undefined ? {} : { value }),
    ...(explanation === undefined ? {} : { explanation }),
    ...(tokenUsage === undefined
      ? {}
      : { tokenUsage: { inputTokens: tokenUsage.inputTokens, outputTokens: tokenUsage.outputTokens } }),
    ...(costNanoDollars === undefined ? {} : { costNanoDollars: Math.round(costNanoDollars) }),
    ...(agreement === undefined ? {} : { agreement }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(errorMessage === undefined ? {} : { errorMessage }),
    durationMicroseconds,
  };
}

function tooLong({ id, arn, name }: Evaluator, { sessionId }: Conversation): CostedResult {
  return {
    evaluatorId: id,
    evaluatorArn: arn,
    evaluatorName: name,
    context: { spanContext: { sessionId } },
    errorCode: "MissingData",
    errorMessage: `The session has more than ${inWords(maxSpans)} spans, or they say more than ${inWords(maxCharacters)} characters: it is not read.`,
  };
}

function inWords(count: number): string {
  return count.toLocaleString("en-US");
}

/** Whether a session is one of the agents' that a configuration names, and satisfies its filters. */
function isAbout({ serviceNames, filters }: OnlineEvaluation, recorded: readonly RecordedSpan[]): boolean {
  const spans = recorded.map(({ span }) => span);
  const isNamed = ({ resource }: Span) => serviceNames.some((name) => name === resource["service.name"]);
  return (serviceNames.length === 0 || spans.some(isNamed)) && satisfies(spans, filters);
}

/** No agent's span stands for a decision of the gateway, whatever it says of itself (T22). */
function conversationIn(recorded: readonly RecordedSpan[], sessionId: string): Conversation {
  const ofGateway = new Set(recorded.flatMap(({ source, span }) => (source === "gateway" ? [span] : [])));
  const spans = recorded.map(({ span }) => span);
  return conversationOf(spans, sessionId, { isGateways: (span) => ofGateway.has(span) });
}

/** An evaluator; where there is none that can be used, one that says so of the session. */
async function found(evaluatorId: string, { evaluatorOf }: OnlineDependencies): Promise<FoundEvaluator> {
  const nameless = {
    id: evaluatorId,
    arn: evaluatorId,
    name: evaluatorId,
    level: "SESSION",
    needsReference: false,
  } as const;
  try {
    return await evaluatorOf(evaluatorId);
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "notFound") {
      return { evaluator: unable(nameless, new EvaluationError("InvalidEvaluator", error.message)) };
    }
    if (error instanceof EvaluationError) return { evaluator: unable(nameless, error) };
    throw error;
  }
}

function unable(evaluator: Omit<Evaluator, "evaluate">, error: EvaluationError): Evaluator {
  return { ...evaluator, evaluate: () => Promise.reject(error) };
}

/** An evaluator that knows how long it has taken for what. */
function withTimes(evaluator: Evaluator) {
  const times = new Map<string | undefined, number>();
  const timed: Evaluator = {
    ...evaluator,
    async evaluate(subject, ...rest) {
      const begin = performance.now();
      try {
        return await evaluator.evaluate(subject, ...rest);
      } finally {
        const id =
          subject.level === "TOOL_CALL" ? subject.toolCall.spanId : subject.level === "TRACE" && subject.turn.spanId;
        times.set(id || undefined, Math.round((performance.now() - begin) * 1_000));
      }
    },
  };
  return {
    evaluator: timed,
    microsecondsOf: ({ context }: CostedResult) => times.get(context.spanContext.spanId) ?? 0,
  };
}
