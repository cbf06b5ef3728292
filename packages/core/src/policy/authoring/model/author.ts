// TEMPORARY
import type { ModelClient } from "../../../model/model.ts";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import type { AuthoredStatement } from "../authored.ts";
export async function authorWithModel(_options: {
  text: string;
  configuration: GatewayConfiguration;
  model: ModelClient;
}): Promise<AuthoredStatement[]> {
  return [];
}
