import { idOfArn, type Location } from "../identifiers.ts";

/** The ARN of an evaluator of the account's own; as permissions see it, of one that everybody has as well. */
export const evaluatorArn = (location: Location, evaluatorId: string): string =>
  arn(location, `evaluator/${evaluatorId}`);

export const onlineEvaluationConfigArn = (location: Location, onlineEvaluationConfigId: string): string =>
  arn(location, `online-evaluation-config/${onlineEvaluationConfigId}`);

/** The id of the evaluator of this account and region that an ARN names; undefined for any other text. */
export function evaluatorIdOfArn(location: Location, text: string): string | undefined {
  const id = idOfArn(text);
  return /^[A-Za-z0-9_-]{12,111}$/.test(id) && text === evaluatorArn(location, id) ? id : undefined;
}

/** The id of the online evaluation of this account and region that an ARN names; undefined for any other text. */
export function onlineEvaluationConfigIdOfArn(location: Location, text: string): string | undefined {
  const id = idOfArn(text);
  return /^[A-Za-z0-9_-]{12,111}$/.test(id) && text === onlineEvaluationConfigArn(location, id) ? id : undefined;
}

function arn({ region, accountId }: Location, resource: string): string {
  return `arn:aws:bedrock-agentcore:${region}:${accountId}:${resource}`;
}
