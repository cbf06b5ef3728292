import { awsErrors, GatehouseError } from "../errors.ts";
import type { ControlRequest, ControlResponse } from "./request.ts";

/** An error as AWS's clients read it: its name in a header, its message in the body, and the fields that were wrong. */
export function answerError(error: unknown, requestId: string): ControlResponse {
  const known = error instanceof GatehouseError && error.code !== "internal" ? error : undefined;
  // What went wrong inside is nobody's business outside: the request id leads to it.
  const { code, message, fields } = known ?? internal(requestId);
  const validation = {
    reason: fields.length > 0 ? "FieldValidationFailed" : "CannotParse",
    ...(fields.length > 0 ? { fieldList: fields } : {}),
  };
  const { name, status } = awsErrors[code];
  return answer(status, name, requestId, { message, ...(code === "validation" ? validation : {}) });
}

/** The answer to a method and a path that no operation of AgentCore has. */
export function unknownOperation({ method, path }: ControlRequest, requestId: string): ControlResponse {
  const message = `AgentCore's control plane has no operation ${method} ${path.slice(0, 200)}.`;
  return answer(404, "UnknownOperationException", requestId, { message });
}

function internal(requestId: string): GatehouseError {
  return new GatehouseError("internal", `Something went wrong inside Gatehouse. Request id: ${requestId}.`);
}

function answer(status: number, name: string, requestId: string, body: object): ControlResponse {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": name },
    // In the body once more, where clients look next: a header can get lost on the way (restJson1, "Operation error").
    body: JSON.stringify({ __type: name, ...body }),
  };
}
