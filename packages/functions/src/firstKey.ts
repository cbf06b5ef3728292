import { createAuthorizer } from "@gatehouse/core/control/administration/authorize.ts";
import { createFirstAccessKey } from "@gatehouse/core/control/administration/firstKey.ts";
import type { NewAccessKey } from "@gatehouse/core/control/administration/types.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { documentClient, kms } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, kmsKeyId, region, accountId } = environment;
const configTable = { client: documentClient, table: tables.config };
const dependencies = {
  region,
  accountId,
  administration: administrationRepository(configTable),
  authorizer: createAuthorizer(),
  keyring: createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) }),
  outbox: eventOutboxOf(environment, instrumented.logger),
  now: () => new Date(),
};

/**
 * Answers with the first administrator's access key: `aws lambda invoke`, by whoever IAM lets. Its answer holds the
 * secret, this once; nothing of it is logged.
 */
export const handler = instrumented.handler<unknown, NewAccessKey>(
  async (_event, { invokedFunctionArn: functionArn, awsRequestId: requestId }) => {
    const key = await createFirstAccessKey(dependencies, { functionArn, requestId });
    instrumented.logger.warn("The first access key was made", { accessKeyId: key.accessKeyId });
    return key;
  },
);
