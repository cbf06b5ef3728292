import { createAuthorizer } from "@gatehouse/core/control/administration/authorize.ts";
import { createFirstAccessKey } from "@gatehouse/core/control/administration/firstKey.ts";
import type { NewAccessKey } from "@gatehouse/core/control/administration/types.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, region, accountId } = environment;
const configTable = { client: documentClient, table: tables.config };
const dependencies = {
  region,
  accountId,
  administration: administrationRepository(configTable),
  authorizer: createAuthorizer(),
  keyring: keyringOf(environment),
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
