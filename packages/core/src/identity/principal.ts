/** Who asks: a verified identity, in the form Cedar policies see. */
export interface Principal {
  /** The Cedar entity type: a user of an OAuth issuer, or an IAM identity. */
  readonly type: "AgentCore::OAuthUser" | "AgentCore::IamEntity";
  /** `sub` of the token, or the ARN of the IAM identity. */
  readonly id: string;
  /** Every claim of the token as a string; empty for an IAM identity. */
  readonly tags: Readonly<Record<string, string>>;
  /** The agent that acts for this principal: `client_id` (or `azp`) of the token. */
  readonly agent?: string;
}
