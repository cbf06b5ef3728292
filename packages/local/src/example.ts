import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { AccessKey } from "./administrator.ts";

/** What the insurance example says of itself once it is set up. */
export interface Example {
  readonly gatewayId: string;
  readonly gatewayUrl: string;
  readonly audience: string;
}

/** Where the example is set up, whose tokens it accepts, and by whom it is done. */
export interface ExampleOptions {
  readonly endpoint: string;
  readonly issuer: string;
  readonly region?: string;
  readonly credentials?: AccessKey;
}

export type SetUpExample = (options: ExampleOptions) => Promise<Example>;

// Named at run time, because a host runs without it.
const exampleModule: string = "@gatehouse/example-insurance/setup.ts";

/**
 * Sets up the insurance example through the public API; it is there already where data was kept.
 * @throws GatehouseError `internal` when it can't be set up.
 */
export async function setUpExample(options: ExampleOptions): Promise<Example> {
  try {
    const module: { setUpInsurance: SetUpExample } = await import(exampleModule);
    return await module.setUpInsurance(options);
  } catch (error) {
    const reason = messageOf(error);
    throw new GatehouseError(
      "internal",
      `The insurance example can't be set up: ${reason}. Start with --no-example to go without.`,
      {
        cause: error,
      },
    );
  }
}
