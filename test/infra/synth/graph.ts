/** A resource as the engine is asked to make it, with its inputs resolved. */
export interface Resource {
  readonly urn: string;
  /** Pulumi's type, as in `aws:sqs/queue:Queue`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly retainOnDelete: boolean;
  readonly inputs: Inputs;
  /** What the mocks answer beyond its inputs, for others to refer to: its id, its ARN. */
  readonly outputs: Inputs;
}

// What a provider takes is as varied as AWS: tests say what they expect of it.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Inputs = Record<string, any>;

/** Everything that `sst deploy` would hand to AWS's provider. */
export interface Graph {
  readonly app: { readonly name: string; readonly stage: string; readonly removal: string; readonly protect: boolean };
  readonly resources: readonly Resource[];
}

/** What is to be synthesised, as the child process is told. */
export interface SynthesisOptions {
  readonly stage: string;
  /** What a deployer would have written over the stage's data in `stacks/stages.ts`. */
  readonly stageData?: object;
  /** As `sst dev` rather than `sst deploy`. */
  readonly dev?: boolean;
  /** Bundle the functions for real; else a stub stands for the code, which is quicker. */
  readonly bundles?: boolean;
}

/** The account and the region of every synthesised deployment. */
export const account = "123456789012";
export const region = "eu-west-1";
