import type { RotatableKeyring } from "../identity/vault/keyring.ts";
import type { EventOutbox } from "../observability/eventOutbox.ts";
import type { Analyzer } from "../policy/analysis/analysis.ts";
import type { SchemaDescription } from "../policy/schema/policySchema.ts";
import type { PolicyText } from "../policy/validate.ts";
import type { AdministrationRepository } from "../storage/administrationRepository.ts";
import type { ClientTokenRepository } from "../storage/clientTokenRepository.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import type { DataKeyRepository } from "../storage/dataKeyRepository.ts";
import type { IdentityRepository } from "../storage/identityRepository.ts";
import type { GatewayConfiguration } from "../storage/records.ts";
import type { SigningKeyRepository } from "../storage/signingKeyRepository.ts";
import type { Administration } from "./administrator.ts";
import type { Watchers } from "./answer.ts";
import type { InputOf, OperationName, OutputOf } from "./operationTypes.ts";
import type { RequestScope } from "./scope.ts";

/** Handlers of some operations, each a function from the request to the response. */
export type HandlersOf<Op extends OperationName> = {
  readonly [Name in Op]: (input: InputOf<Name>, scope: RequestScope) => Promise<OutputOf<Name>>;
};

/** The operations that are built. */
export type Handlers = Partial<HandlersOf<OperationName>>;

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
  validatePolicies(policies: PolicyText[], configuration: GatewayConfiguration): PolicyFinding[];
  /** The Cedar schema of a gateway's tools, and what of them it can't say. */
  describeSchema(configuration: GatewayConfiguration): SchemaDescription;
}

/** What the control plane works with. */
export interface ControlPlaneDependencies extends Watchers {
  readonly repository: ConfigRepository;
  readonly outbox: EventOutbox;
  readonly clientTokens: ClientTokenRepository;
  readonly identityRepository: IdentityRepository;
  readonly keyring: RotatableKeyring;
  readonly dataKeys: DataKeyRepository;
  readonly signingKeys: SigningKeyRepository;
  /** The KMS key that wraps the data keys: its ARN, or its alias. */
  readonly kmsKeyId: string;
  readonly administration: Administration;
  readonly administrationRepository: AdministrationRepository;
  readonly policies: PolicyValidator;
  /** What finds out what policies mean; its questions take a solver, and bounded time. */
  readonly analyzer: Analyzer;
  /** The public base address, without a slash at its end. */
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  /** Whether targets and issuers may be reached by http on loopback. */
  readonly allowLoopback: boolean;
}
