import type { EvaluationCompleted, EventPublisher, SessionEnded } from "../../observability/events.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { EvaluationRepository } from "../../storage/evaluationRepository.ts";
import type { Conversation } from "../conversation.ts";
import { EvaluationError, type EvaluationTools, type Evaluator, type Subject, type Verdict } from "../evaluator.ts";
import type { OnlineEvaluation } from "./config.ts";
import { evaluationIdOf } from "./evaluationId.ts";
import { satisfies } from "./filters.ts";
import { type SessionSources, spansOfSession } from "./sessionSpans.ts";
import { subjectsOf } from "./subjects.ts";

/** What the evaluation of a session works with. */
export interface OnlineDependencies extends SessionSources {
  /** A configuration, unless it is gone or disabled. */
  readonly configOf: (configId: string) => Promise<OnlineEvaluation | undefined>;
  /** An evaluator, as it is now. @throws EvaluationError where there is none, or none that can be used. */
  readonly evaluatorOf: (evaluatorId: string) => Promise<Evaluator>;
  readonly conversationOf: (spans: readonly Span[], sessionId: string) => Conversation;
  readonly evaluations: EvaluationRepository;
  readonly publisher: EventPublisher;
  readonly tools: EvaluationTools;
  readonly now: () => Date;
}

/** What has become of a session. */
export interface SessionEvaluation {
  readonly state: "evaluated" | "disabled" | "filtered";
  readonly completed: readonly EvaluationCompleted[];
  /** Why some of it could not be evaluated now; it is worth another try. */
  readonly failures: readonly EvaluationError[];
}

/** So many subjects are judged at a time. */
const judgedAtATime = 4;
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
  const { signal } = dependencies.tools;
  // What has happened since isn't what was over, whenever this is tried.
  const before = new Date(Date.parse(lastActivity) + 60_000);
  const spans = await spansOfSession(dependencies, { sessionId, before }, signal);
  if (spans !== undefined && !isAbout(config, spans)) return { state: "filtered", ...nothing };
  const said = new Set<string>();
  for await (const { evaluationId } of dependencies.evaluations.ofSession(sessionId)) said.add(evaluationId);
  const conversation = spans && dependencies.conversationOf(spans, sessionId);

  const run: Run = { config, sessionId, lastActivity, said, dependencies };
  const works: (() => Promise<Outcome>)[] = [];
  for (const evaluatorId of config.evaluatorIds) {
    const evaluator = await found(dependencies.evaluatorOf(evaluatorId));
    if (evaluator instanceof EvaluationError) works.push(() => refuse(run, evaluatorId, evaluator));
    else if (conversation === undefined) works.push(() => refuse(run, evaluator, tooLong));
    else
      for (const subject of subjectsOf(conversation, evaluator.level)) works.push(() => judge(run, evaluator, subject));
  }
  const outcomes: Outcome[] = [];
  for (let at = 0; at < works.length; at += judgedAtATime) {
    signal.throwIfAborted();
    outcomes.push(...(await allOf(works.slice(at, at + judgedAtATime).map((work) => work()))));
  }
  const failures = outcomes.filter((outcome) => outcome instanceof EvaluationError);
  const completed = outcomes.filter((outcome): outcome is EvaluationCompleted => "evaluationId" in (outcome ?? {}));
  return { state: "evaluated", completed, failures };
}

const tooLong = new EvaluationError("MissingData", "The session has more than 10,000 spans, which are not read.");

/** An evaluation; why there is none now; or nothing, where there was one before. */
type Outcome = EvaluationCompleted | EvaluationError | undefined;

interface Run {
  readonly config: OnlineEvaluation;
  readonly sessionId: string;
  readonly lastActivity: string;
  readonly said: ReadonlySet<string>;
  readonly dependencies: OnlineDependencies;
}

/** Whether a session is one of the agents' that a configuration names, and satisfies its filters. */
function isAbout({ serviceNames, filters }: OnlineEvaluation, spans: readonly Span[]): boolean {
  const isNamed = ({ resource }: Span) => serviceNames.some((name) => name === resource["service.name"]);
  return (serviceNames.length === 0 || spans.some(isNamed)) && satisfies(spans, filters);
}

async function judge(run: Run, evaluator: Evaluator, subject: Subject): Promise<Outcome> {
  const { publisher, tools, now } = run.dependencies;
  const about = placeOf(subject);
  const identity = { configId: run.config.configId, evaluatorId: evaluator.id, sessionId: run.sessionId, ...about };
  const evaluationId = evaluationIdOf(identity);
  if (run.said.has(evaluationId)) return undefined;
  const begin = performance.now();
  const verdict = await found(evaluator.evaluate(subject, {}, tools));
  if (verdict instanceof EvaluationError && passing.has(verdict.code)) return verdict;
  const detail: EvaluationCompleted = {
    schemaVersion: 1,
    evaluationId,
    time: new Date(endOf(subject) ?? Date.parse(run.lastActivity)).toISOString(),
    evaluatedAt: now().toISOString(),
    config: { id: run.config.configId, arn: run.config.configArn },
    evaluator: { id: evaluator.id, arn: evaluator.arn, name: evaluator.name },
    level: subject.level,
    sessionId: run.sessionId,
    ...about,
    ...agentOf(subject),
    ...saidBy(verdict),
    durationMicroseconds: Math.round((performance.now() - begin) * 1_000),
  };
  await publisher.publish({ type: "EvaluationCompleted", detail });
  return detail;
}

/** Says of a session as a whole why an evaluator can't judge it. */
async function refuse(run: Run, evaluator: Evaluator | string, error: EvaluationError): Promise<Outcome> {
  if (passing.has(error.code)) return error;
  const { id, arn, name } =
    typeof evaluator === "string" ? { id: evaluator, arn: evaluator, name: evaluator } : evaluator;
  const conversation: Conversation = { sessionId: run.sessionId, turns: [], gaps: [] };
  const failing: Evaluator = {
    ...{ id, arn, name, level: "SESSION", needsReference: false },
    evaluate: () => Promise.reject(error),
  };
  return judge(run, failing, { level: "SESSION", conversation });
}

async function found<T>(promise: Promise<T>): Promise<T | EvaluationError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof EvaluationError) return error;
    throw error;
  }
}

/** None is left under way when one fails. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(promises);
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}

function placeOf(subject: Subject): Pick<EvaluationCompleted, "traceId" | "spanId"> {
  if (subject.level === "SESSION") return {};
  const { traceId, spanId } = subject.turn;
  return { traceId, spanId: subject.level === "TOOL_CALL" ? subject.toolCall.spanId : spanId };
}

/** When what is judged was over, as far as its spans tell. */
function endOf(subject: Subject): number | undefined {
  if (subject.level === "TOOL_CALL") return subject.toolCall.startedAt;
  if (subject.level === "TRACE") return subject.turn.endedAt;
  const ends = subject.conversation.turns.map(({ endedAt }) => endedAt);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Of a session, the agent of its last turn that says one. */
function agentOf(subject: Subject): Pick<EvaluationCompleted, "agent" | "agentVersion"> {
  const turns = subject.level === "SESSION" ? subject.conversation.turns : [subject.turn];
  const turn = turns.findLast(({ agent }) => agent !== undefined);
  if (turn?.agent === undefined) return {};
  return { agent: turn.agent, ...(turn.agentVersion === undefined ? {} : { agentVersion: turn.agentVersion }) };
}

function saidBy(verdict: Verdict | EvaluationError): Partial<EvaluationCompleted> {
  if (verdict instanceof EvaluationError) return { errorCode: verdict.code, errorMessage: verdict.message };
  const { label, value, explanation, tokenUsage, costNanoDollars, agreement } = verdict;
  return {
    label,
    ...(value === undefined ? {} : { value }),
    explanation: explanation.slice(0, longestExplanation),
    ...(tokenUsage === undefined ? {} : { tokenUsage }),
    ...(costNanoDollars === undefined ? {} : { costNanoDollars: Math.round(costNanoDollars) }),
    ...(agreement === undefined ? {} : { agreement }),
  };
}

const longestExplanation = 2_048;
