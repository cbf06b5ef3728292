/// <reference path="../.sst/platform/config.d.ts" />

/** Where a deployment is. */
export interface Place {
  readonly region: $util.Output<string>;
  readonly accountId: $util.Output<string>;
  /** `aws` but in China and in the government's regions. */
  readonly partition: $util.Output<string>;
}

/** Asks AWS where the deployment is. */
export function findPlace(): Place {
  return {
    region: aws.getRegionOutput().region,
    accountId: aws.getCallerIdentityOutput().accountId,
    partition: aws.getPartitionOutput().partition,
  };
}
