import type { Evaluator, EvaluatorLevel, Reference } from "../../evaluator.ts";
import { judge, type Task } from "../task.ts";

/** An evaluator that comes with Gatehouse. */
export interface BuiltinEvaluator extends Evaluator {
  /** For people who look for one: a sentence. */
  readonly description: string;
  readonly needsJudge: boolean;
}

/** One that a model judges. */
export interface JudgedDefinition {
  readonly name: string;
  readonly level: EvaluatorLevel;
  readonly description: string;
  readonly task: Task;
  /** What is judged instead where it is known what is right. */
  readonly withReference?: { readonly field: keyof Reference; readonly task: Task };
}

/** The ARN of an evaluator that comes with Gatehouse, as AgentCore has it for its own: in no account and no region. */
export function builtinArn(id: string): string {
  return `arn:aws:bedrock-agentcore:::evaluator/${id}`;
}

/** @returns `Builtin.<Name>`, as AgentCore has it. */
export function judgedEvaluator({ name, level, description, task, withReference }: JudgedDefinition): BuiltinEvaluator {
  const id = `Builtin.${name}`;
  return {
    id,
    arn: builtinArn(id),
    name: id,
    level,
    description,
    needsReference: false,
    needsJudge: true,
    usesReference: withReference === undefined ? [] : [withReference.field],
    async evaluate(subject, reference, tools) {
      const known = withReference !== undefined && isGiven(reference[withReference.field]);
      return judge(known ? withReference.task : task, subject, reference, tools);
    },
  };
}

/** A list of no assertions asserts nothing. */
function isGiven(value: Reference[keyof Reference]): boolean {
  return value !== undefined && value.length > 0;
}
