import type * as sdk from "@aws-sdk/client-bedrock-agentcore-control";
import type { Command } from "@smithy/types";
import type { Keyring } from "../identity/vault/keyring.ts";
import type { EventOutbox } from "../observability/eventOutbox.ts";
import type { AdministrationRepository } from "../storage/administrationRepository.ts";
import type { ClientTokenRepository } from "../storage/clientTokenRepository.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import type { GatewayConfiguration } from "../storage/records.ts";
import type { AdministrationOperation, AdministrationOperations } from "./administration/types.ts";
import type { Administration } from "./administrator.ts";
import type { RequestScope } from "./scope.ts";

/** The name of one of AgentCore's operations, as in `CreateGateway`. */
type AgentCoreOperation =
  Exclude<keyof typeof sdk, "$Command"> extends infer Name
    ? Name extends `${infer Operation}Command`
      ? Operation
      : never
    : never;

/** The name of an operation, AgentCore's or our own. */
export type OperationName = AgentCoreOperation | AdministrationOperation;

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
export type InputOf<Op extends OperationName> = Op extends AdministrationOperation
  ? AdministrationOperations[Op]["input"]
  : InputOfSdk<Exclude<Op, AdministrationOperation>>;
type InputOfSdk<Op extends AgentCoreOperation> =
  InstanceOf<Op> extends Command<infer _A, infer Input, infer _B, infer _C, infer _D> ? Checked<Input> : never;

/** An operation's output: of AgentCore's by the SDK's own type. */
export type OutputOf<Op extends OperationName> = Op extends AdministrationOperation
  ? AdministrationOperations[Op]["output"]
  : OutputOfSdk<Exclude<Op, AdministrationOperation>>;
type OutputOfSdk<Op extends AgentCoreOperation> =
  InstanceOf<Op> extends Command<infer _A, infer _B, infer _C, infer Output, infer _D>
    ? Omit<Output, "$metadata">
    : never;

/** The operations that are built, each a function from the SDK's request to its response. */
export type Handlers = {
  readonly [Op in OperationName]?: (input: InputOf<Op>, scope: RequestScope) => Promise<OutputOf<Op>>;
};

/** A finding of strict validation: which policy, and what is wrong with it. */
export interface PolicyFinding {
  readonly policyId: string;
  readonly message: string;
}

/** What the control plane needs to know of Cedar; `policy/validate.ts` is made for it. */
export interface PolicyValidator {
  /**
   * Parses one static policy and says which gateway it names as its resource, if it names one.
   * @throws GatehouseError `validation` with the position of a syntax error, or when it is not exactly one static policy.
   */
  parsePolicy(statement: string): { readonly resourceArn?: string };
  /** Strict validation against the Cedar schema of a gateway's tools; empty means that all are valid. */
  validatePolicies(
    policies: { readonly policyId: string; readonly statement: string }[],
    configuration: GatewayConfiguration,
  ): PolicyFinding[];
}

/** What the control plane works with. */
export interface ControlPlaneDependencies {
  readonly repository: ConfigRepository;
  readonly outbox: EventOutbox;
  readonly clientTokens: ClientTokenRepository;
  readonly keyring: Keyring;
  readonly administration: Administration;
  readonly administrationRepository: AdministrationRepository;
  readonly policies: PolicyValidator;
  /** The public base address, without a slash at its end. */
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  /** Whether targets and issuers may be reached by http on loopback. */
  readonly allowLoopback: boolean;
  /** Told of every error that is Gatehouse's own fault; the client sees the request id only. */
  onError(error: unknown, context: { readonly requestId: string; readonly operation?: string }): void;
}
