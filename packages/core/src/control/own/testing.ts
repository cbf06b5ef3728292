import type { JsonObject } from "../../json.ts";
import type { TestControlPlane } from "../testing.ts";

/** For tests only: asks for one of Gatehouse's own operations, which the SDK has no command for. */
export async function askOwn(
  plane: TestControlPlane,
  method: string,
  path: string,
  body?: object,
  query: Record<string, string[]> = {},
): Promise<{ status: number; body: JsonObject }> {
  const answer = await plane.handle({
    method,
    path,
    query,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
    sourceIp: "127.0.0.1",
  });
  return { status: answer.status, body: JSON.parse(answer.body) };
}
