import type * as sdk from "@aws-sdk/client-bedrock-agentcore-control";
import type { Command } from "@smithy/types";
import type { OwnOperation, OwnOperations } from "./own/operations.ts";

/** The name of one of AgentCore's operations, as in `CreateGateway`. */
type AgentCoreOperation =
  Exclude<keyof typeof sdk, "$Command"> extends infer Name
    ? Name extends `${infer Operation}Command`
      ? Operation
      : never
    : never;

/** The name of an operation, AgentCore's or our own. */
export type OperationName = AgentCoreOperation | OwnOperation;

type InstanceOf<Op extends AgentCoreOperation> = InstanceType<(typeof sdk)[`${Op}Command`]>;

/** What the router has made sure of: members that the SDK marks as required are there, at every depth. */
export type Checked<T> = T extends Date | Uint8Array
  ? T
  : T extends readonly (infer Member)[]
    ? number extends T["length"]
      ? Checked<Member>[]
      : T
    : T extends object
      ? {
          [Key in keyof T]: Record<never, never> extends Pick<T, Key>
            ? Checked<T[Key]>
            : Checked<Exclude<T[Key], undefined>>;
        }
      : T;

/** An operation's input: of AgentCore's by the SDK's own type. */
export type InputOf<Op extends OperationName> = Op extends OwnOperation
  ? OwnOperations[Op]["input"]
  : InputOfSdk<Exclude<Op, OwnOperation>>;
type InputOfSdk<Op extends AgentCoreOperation> =
  InstanceOf<Op> extends Command<infer _A, infer Input, infer _B, infer _C, infer _D> ? Checked<Input> : never;

/** An operation's output: of AgentCore's by the SDK's own type. */
export type OutputOf<Op extends OperationName> = Op extends OwnOperation
  ? OwnOperations[Op]["output"]
  : OutputOfSdk<Exclude<Op, OwnOperation>>;
type OutputOfSdk<Op extends AgentCoreOperation> =
  InstanceOf<Op> extends Command<infer _A, infer _B, infer _C, infer Output, infer _D>
    ? Omit<Output, "$metadata">
    : never;
