/// <reference path="../.sst/platform/config.d.ts" />

/** The name of the deployment in the account, by which its metrics are told from those of other stages. */
export function serviceName(): string {
  return `${$app.name}-${$app.stage}`;
}

/** The name of a resource in the account, as in `gatehouse-production-record`. */
export function physicalName(name: string): string {
  return `${serviceName()}-${name}`;
}

/** A name as components want it: `firstKey` becomes `FirstKey`, and `risk-model` `RiskModel`. */
export function componentName(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The same keys with other values. */
export function mapValues<K extends string, V, R>(
  record: Readonly<Record<K, V>>,
  change: (value: V, key: K) => R,
): Readonly<Record<K, R>> {
  const entries = Object.entries<V>(record).map(([key, value]) => [key, change(value, key as K)]);
  return Object.fromEntries(entries) as Record<K, R>; // The keys are those of `record`.
}
