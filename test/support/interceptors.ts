import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GatewayInterceptorConfiguration,
  GetGatewayCommand,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { TestGatehouse, TestGateway } from "./gatehouse.ts";

/** The event of an interceptor, as far as tests look at it. */
export interface InterceptorEvent {
  readonly interceptorInputVersion: string;
  readonly mcp: {
    readonly rawGatewayRequest: { readonly body: string };
    readonly gatewayRequest: {
      readonly path: string;
      readonly httpMethod: string;
      readonly headers?: Record<string, string>;
      // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the test sends, which it may change as it likes.
      readonly body: any;
    };
    readonly gatewayResponse?: {
      readonly statusCode: number;
      readonly headers?: Record<string, string>;
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      readonly body: any;
    };
  };
}

type Behaviour = (event: InterceptorEvent) => unknown;

/** Interceptors as a folder of handler modules, whose behaviour a test can set. */
export interface TestInterceptors extends AsyncDisposable {
  /** What goes into `lambdas` of the host. */
  readonly folder: string;
  /** What each was called with, in order. */
  readonly events: { readonly request: InterceptorEvent[]; readonly response: InterceptorEvent[] };
  request: Behaviour;
  response: Behaviour;
  /** Makes both leave alone what they are given, and forgets what they were called with. */
  reset(): void;
}

export const interceptorArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

const leaveAlone: Behaviour = () => output({});
const registry = Symbol.for("gatehouse.test.interceptors");

/** An interceptor's output. */
export const output = (mcp: object) => ({ interceptorOutputVersion: "1.0", mcp });

export async function startInterceptors(): Promise<TestInterceptors> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-interceptors-"));
  for (const point of ["request", "response"]) {
    const module = `export const handler = (event) => globalThis[Symbol.for("gatehouse.test.interceptors")]("${point}", event);`;
    await writeFile(join(folder, `${point}-interceptor.mjs`), module);
  }
  const interceptors: TestInterceptors = {
    folder,
    events: { request: [], response: [] },
    request: leaveAlone,
    response: leaveAlone,
    reset() {
      Object.assign(interceptors, { request: leaveAlone, response: leaveAlone });
      interceptors.events.request.length = 0;
      interceptors.events.response.length = 0;
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
  const call = (point: "request" | "response", event: InterceptorEvent) => {
    interceptors.events[point].push(structuredClone(event));
    return interceptors[point](event);
  };
  Object.assign(globalThis, { [registry]: call });
  return interceptors;
}

/** The interceptors at both points, without headers. */
export const both: GatewayInterceptorConfiguration[] = [
  { interceptor: { lambda: { arn: interceptorArn("request-interceptor") } }, interceptionPoints: ["REQUEST"] },
  { interceptor: { lambda: { arn: interceptorArn("response-interceptor") } }, interceptionPoints: ["RESPONSE"] },
];

/** Gives a gateway interceptors, and leaves the rest of it as it is. */
export async function setInterceptors(
  { control }: TestGatehouse,
  { id }: TestGateway,
  interceptorConfigurations: GatewayInterceptorConfiguration[] | undefined,
): Promise<void> {
  const { name, roleArn, authorizerType, authorizerConfiguration, protocolType, ...rest } = await control.send(
    new GetGatewayCommand({ gatewayIdentifier: id }),
  );
  const { protocolConfiguration, policyEngineConfiguration, exceptionLevel } = rest;
  await control.send(
    new UpdateGatewayCommand({
      gatewayIdentifier: id,
      name,
      roleArn,
      authorizerType,
      authorizerConfiguration,
      protocolType,
      protocolConfiguration,
      policyEngineConfiguration,
      exceptionLevel,
      interceptorConfigurations,
    }),
  );
}
