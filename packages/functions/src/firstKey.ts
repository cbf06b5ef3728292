import { createAuthorizer } from "@gatehouse/core/control/administration/authorize.ts";
import type { NewAccessKey } from "@gatehouse/core/control/administration/types.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { createEventOutbox } from "@gatehouse/core/observability/eventOutbox.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { documentClient, eventBridge, kms } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { createFirstAccessKey } from "./firstAccessKey.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables, bus, kmsKeyId, region, accountId } = readEnvironment();
const configTable = { client: documentClient, table: tables.config };
const dependencies = {
  region,
  accountId,
  administration: administrationRepository(configTable),
  authorizer: createAuthorizer(),
  keyring: createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) }),
  outbox: createEventOutbox({
    eventBridge,
    bus,
    outbox: outboxRepository({ client: documentClient, table: tables.ledger }),
    onWaiting: (error) => instrumented.logger.warn("Events of a change wait in the outbox", { error }),
  }),
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
