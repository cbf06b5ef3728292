import { TargetError } from "../targets/target.ts";

/**
 * Gives a result back that isn't too large, as the JSON that the caller would get.
 * @throws TargetError `targetResultTooLarge`
 */
export function withinSize<Result>(result: Result, maxBytes: number, target: string): Result {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= maxBytes) return result;
  throw new TargetError(`The answer of ${target} has ${bytes} bytes, of at most ${maxBytes}.`, {
    code: "targetResultTooLarge",
  });
}
