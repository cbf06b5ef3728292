import {
  defaultInterceptorTimeoutSeconds,
  type GatewayRecord,
  type GatewaySettings,
  type InterceptorAttribute,
} from "../../storage/records.ts";

/** Where an interceptor stands: before the target, or after it. */
export type InterceptionPoint = "REQUEST" | "RESPONSE";

/** The interceptor of a gateway at one point, with all that is set for it. */
export interface ConfiguredInterceptor {
  readonly point: InterceptionPoint;
  /** The ARN of its Lambda function. */
  readonly arn: string;
  readonly passesHeaders: boolean;
  /** Whether it does not get the answer's body: `payloadFilter` names RESPONSE_BODY. */
  readonly excludesResponseBody: boolean;
  /** Whether requests or answers pass as they are where it fails. */
  readonly failsOpen: boolean;
  readonly timeoutMilliseconds: number;
  /** What it may tell policies. */
  readonly attributes: readonly InterceptorAttribute[];
}

/** The interceptor at a point, if the gateway has one there. */
export function interceptorAt(
  point: InterceptionPoint,
  { interceptorConfigurations, settings = {} }: GatewayRecord,
): ConfiguredInterceptor | undefined {
  const configuration = interceptorConfigurations?.find(({ interceptionPoints }) =>
    interceptionPoints?.includes(point),
  );
  if (configuration === undefined) return undefined;
  const { interceptor, inputConfiguration } = configuration;
  return {
    point,
    arn: interceptor?.lambda?.arn ?? "",
    passesHeaders: inputConfiguration?.passRequestHeaders === true,
    excludesResponseBody: (inputConfiguration?.payloadFilter?.exclude ?? []).some(
      ({ field }) => field === "RESPONSE_BODY",
    ),
    failsOpen: failureOf(point, settings) === "FAIL_OPEN",
    timeoutMilliseconds: (settings.interceptorTimeoutSeconds ?? defaultInterceptorTimeoutSeconds) * 1_000,
    attributes: settings.interceptorContext ?? [],
  };
}

function failureOf(point: InterceptionPoint, settings: GatewaySettings): string | undefined {
  return point === "REQUEST" ? settings.requestInterceptorFailure : settings.responseInterceptorFailure;
}
