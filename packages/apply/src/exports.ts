/** An administrator's access key, and where it is good. */
export interface AdministratorAccess {
  /** The control plane, without a slash at its end. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Two commands for a shell, after which the AWS CLI and SDKs administer a Gatehouse: who asks, and where. They read the region by
 * different names.
 */
export function exportsOf({ url, region, accessKeyId, secretAccessKey }: AdministratorAccess): string[] {
  return [
    `export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL=${url} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
  ];
}
