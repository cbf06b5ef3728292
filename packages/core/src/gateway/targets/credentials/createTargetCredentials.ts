import type {
  GatewayApiKeyCredentialProvider,
  IamCredentialProvider,
  OAuthCredentialProvider,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { untilAborted } from "../../../abort.ts";
import { GatehouseError, messageOf } from "../../../errors.ts";
import type { Credentials } from "../../../identity/outbound/credentials.ts";
import type { RequestSigner } from "../http/sign.ts";
import { TargetError } from "../target.ts";
import { withApiKey, withHeader } from "./apiKey.ts";
import type { CredentialRequest, TargetCredential, TargetCredentials } from "./credential.ts";
import { digestOf, tokenIn, tokenRequestOf } from "./oauth.ts";
import { providerNameIn } from "./providerArn.ts";

export interface TargetCredentialsOptions {
  /** Absent where there is no vault: then nothing that needs one is called. */
  readonly credentials?: Credentials | undefined;
  readonly sign: RequestSigner;
  /** The AWS region that requests are signed for unless a target says otherwise. */
  readonly region: string;
}

const concealed = "(the credential)";

/** The credentials of targets: the vault's keys and tokens, and signatures with what signs for their gateway. */
export function createTargetCredentials({ credentials, sign, region }: TargetCredentialsOptions): TargetCredentials {
  const vault = (): Credentials => {
    if (credentials === undefined) throw new Error("there is no vault here");
    return credentials;
  };

  async function signed(
    request: CredentialRequest,
    iam: IamCredentialProvider | undefined,
  ): Promise<TargetCredential | undefined> {
    const { gateway, signing, signal } = request;
    const service = iam?.service ?? signing?.service;
    // An operation that takes no signature.
    if (service === undefined) return undefined;
    const scope = { service, region: iam?.region ?? signing?.region ?? region };
    // Others wait for the same credentials: whoever goes away leaves them to these.
    const authorize = await untilAborted(sign(gateway, scope), signal);
    return {
      id: `role ${gateway.roleArn} ${scope.service} ${scope.region}`,
      // Where a session goes on, it signs for others after whoever has begun it.
      authorize: (outgoing) => guarded({ target: request.target }, () => authorize(outgoing)),
    };
  }

  async function keyed(configured: GatewayApiKeyCredentialProvider): Promise<TargetCredential> {
    const key = await vault().apiKey(providerNameIn(configured.providerArn));
    return {
      id: `key ${digestOf(key)}`,
      authorize: async (request) => withApiKey(request, key, configured),
      conceal: (text) => text.replaceAll(key, concealed),
    };
  }

  async function tokenFor(
    request: CredentialRequest,
    configured: OAuthCredentialProvider,
    rejectedToken: string | undefined,
  ): Promise<string> {
    const rejected = rejectedToken === undefined ? {} : { rejected: rejectedToken };
    try {
      return tokenIn(await vault().token({ ...tokenRequestOf(request, configured), ...rejected }), request);
    } catch (error) {
      const isOver = request.consent !== undefined && error instanceof GatehouseError && error.code === "validation";
      if (!isOver) throw error;
      // The consent's time is over: the user has consented within it, or is asked anew.
      const { consent: _, ...anew } = request;
      return tokenFor(anew, configured, rejectedToken);
    }
  }

  async function authorized(
    request: CredentialRequest,
    configured: OAuthCredentialProvider,
    rejectedToken?: string,
  ): Promise<TargetCredential> {
    const token = await tokenFor(request, configured, rejectedToken);
    return {
      id: `token ${digestOf(token)}`,
      authorize: async (outgoing) => withHeader(outgoing, "authorization", `Bearer ${token}`),
      conceal: (text) => text.replaceAll(token, concealed),
      renew: () => guarded(request, () => authorized(request, configured, token)),
    };
  }

  async function find(request: CredentialRequest): Promise<TargetCredential | undefined> {
    const [configuration] = request.target.credentialProviderConfigurations;
    if (configuration === undefined) return undefined;
    const { credentialProviderType: type, credentialProvider: provider } = configuration;
    if (type === "GATEWAY_IAM_ROLE") return signed(request, provider?.iamCredentialProvider);
    if (type === "API_KEY" && provider?.apiKeyCredentialProvider !== undefined) {
      return keyed(provider.apiKeyCredentialProvider);
    }
    if (type === "OAUTH" && provider?.oauthCredentialProvider !== undefined) {
      return authorized(request, provider.oauthCredentialProvider);
    }
    throw new Error(`credentials of the type ${type} can't be had`);
  }

  return { of: (request) => guarded(request, () => find(request)) };
}

/** Whatever goes wrong with a credential, the target is not called, and it isn't the target's fault. */
async function guarded<T>(
  { target, signal }: Pick<CredentialRequest, "target"> & Partial<Pick<CredentialRequest, "signal">>,
  find: () => Promise<T>,
): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof TargetError) throw error;
    if (signal?.aborted) throw signal.reason;
    const message = `${target.name} was not called, because its credentials can't be had: ${messageOf(error)}`;
    throw new TargetError(message, { code: "targetCredentialFailed", cause: error });
  }
}
