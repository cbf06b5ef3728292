import { pathToFileURL } from "node:url";
import { messageOf } from "@gatehouse/core/errors.ts";
import type { InvokeCode } from "@gatehouse/core/evaluation/evaluators/codeBased.ts";
import { callLambda } from "@gatehouse/local/lambda/call.ts";
import { handlerOf } from "@gatehouse/local/lambda/handler.ts";

/** Where the function appears to live: it is on no cloud. */
const place = { region: "us-east-1", accountId: "000000000000" };
/** The longest that an evaluator may take: its own time-out ends the wait for it sooner. */
const timeoutSeconds = 300;

/**
 * Runs evaluators that are modules on this machine: each exports `handler(event, context)`, as its Lambda function would.
 * Event and answer pass as JSON, so that what works here works there.
 */
export const moduleCode: InvokeCode = async (file, payload) => {
  const module: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new Error(`${file} can't be loaded: ${messageOf(error)}`, { cause: error });
  });
  const fn = { name: file, handler: handlerOf(module, file), memoryMegabytes: 512, timeoutSeconds };
  const answer = await callLambda(fn, JSON.parse(payload), place).catch((error: unknown) => {
    throw new Error(`${file} failed: ${messageOf(error)}`, { cause: error });
  });
  return JSON.stringify(answer) ?? "null";
};
