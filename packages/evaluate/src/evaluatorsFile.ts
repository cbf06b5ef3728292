import { dirname, join } from "node:path";
import { decode } from "@gatehouse/core/control/decode.ts";
import { checkEvaluator } from "@gatehouse/core/control/evaluation/evaluatorSettings.ts";
import { operationNamed } from "@gatehouse/core/control/operations.ts";
import type { InputOf } from "@gatehouse/core/control/operationTypes.ts";
import { type FieldError, GatehouseError } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { type Complain, listOf, membersOf, readYamlFile } from "./yamlFile.ts";

type Request = InputOf<"CreateEvaluator">;

/** An evaluator of one's own, as its file describes it. */
export interface OwnEvaluator extends Pick<Request, "evaluatorName" | "level" | "evaluatorConfig"> {
  /** The file of the module that stands for its Lambda function. */
  readonly module?: string;
}

/** The name that stands for the command's own judge, where an evaluator names no model. */
export const judgeOfTheCommand = "judge-of-the-command";
/** What stands for a module, which has no ARN. */
const noFunction = "arn:aws:lambda:us-east-1:000000000000:function:module";

/**
 * Reads a file of evaluators: a list `evaluators`, each as `CreateEvaluator` takes it; but a model need not be named, and a
 * `module` beside the file stands in place of a Lambda function.
 * @throws UsageError with everything that is wrong with it.
 */
export function readEvaluators(file: string): Promise<readonly OwnEvaluator[]> {
  return readYamlFile(file, (value, complain) => {
    const { evaluators } = membersOf(value, "", ["evaluators"], complain);
    const names = new Set<string>();
    return listOf(evaluators, "evaluators", complain).flatMap((one, index): OwnEvaluator[] => {
      const path = `evaluators[${index}]`;
      const evaluator = evaluatorOf(one, path, dirname(file), complain);
      if (evaluator === undefined) return [];
      const { evaluatorName } = evaluator;
      if (names.has(evaluatorName)) complain(`${path}.evaluatorName`, `is taken by another one: ${evaluatorName}`);
      names.add(evaluatorName);
      return [evaluator];
    });
  });
}

const known = ["evaluatorName", "description", "level", "evaluatorConfig", "module", "timeoutSeconds"];

function evaluatorOf(value: Json, path: string, folder: string, complain: Complain): OwnEvaluator | undefined {
  const { module, timeoutSeconds, ...members } = membersOf(value, path, known, complain);
  if (module === undefined) {
    if (timeoutSeconds !== undefined) complain(`${path}.timeoutSeconds`, "is for evaluators with a module");
    return checked(withModel(members), path, complain);
  }
  if (members.evaluatorConfig !== undefined) complain(`${path}.module`, "can't stand beside evaluatorConfig");
  if (typeof module !== "string" || module === "") {
    complain(`${path}.module`, "must be the name of a file");
    return undefined;
  }
  const lambdaConfig = { lambdaArn: noFunction, lambdaTimeoutInSeconds: timeoutSeconds ?? null };
  const evaluator = checked({ ...members, evaluatorConfig: { codeBased: { lambdaConfig } } }, path, complain);
  return evaluator && { ...evaluator, module: join(folder, module) };
}

/** The judge of the command judges where no model is named. */
function withModel(members: JsonObject): JsonObject {
  const { evaluatorConfig } = members;
  if (!isJsonObject(evaluatorConfig)) return members;
  const modelConfig = { bedrockEvaluatorModelConfig: { modelId: judgeOfTheCommand } };
  const kinds = Object.entries(evaluatorConfig).map(([kind, config]) => {
    const isJudged = (kind === "llmAsAJudge" || kind === "derived") && isJsonObject(config);
    return [kind, isJudged ? { modelConfig, ...config } : config] as const;
  });
  return { ...members, evaluatorConfig: Object.fromEntries(kinds) };
}

/** What `CreateEvaluator` would make of it, by its schema and its own rules. */
function checked(request: JsonObject, path: string, complain: Complain): OwnEvaluator | undefined {
  const schema = operationNamed("CreateEvaluator")?.input;
  if (schema === undefined) throw new Error("The SDK knows no CreateEvaluator.");
  const problems: FieldError[] = [];
  const evaluator = decode(schema, request, "", problems) as Request; // As its schema says, unless there are problems.
  for (const { name, message } of problems.length > 0 ? problems : problemsOf(evaluator)) {
    complain(`${path}.${name.replace(/^evaluatorConfig\.codeBased\..*/, "timeoutSeconds")}`, message);
  }
  return problems.length > 0 ? undefined : evaluator;
}

function problemsOf(evaluator: Request): readonly FieldError[] {
  const { codeBased } = evaluator.evaluatorConfig;
  if (codeBased !== undefined && codeBased.lambdaConfig?.lambdaArn !== noFunction) {
    const message = "is not called from here: name the module that exports its handler, as `module`";
    return [{ name: "evaluatorConfig", message }];
  }
  try {
    checkEvaluator(evaluator);
    return [];
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.fields.length === 0) throw error;
    return error.fields;
  }
}
