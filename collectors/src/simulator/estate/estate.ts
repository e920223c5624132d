/** The estate: which environments, clusters, services and datastores exist and who calls whom. Plain facts, no behaviour. */
export type Environment = 'dev' | 'stage' | 'preprod' | 'prod' | 'management';

export const ENVIRONMENTS: readonly Environment[] = ['dev', 'stage', 'preprod', 'prod', 'management'];

export interface Route {
  readonly route: string;
  readonly method: string;
  /** Share of the service's requests. */
  readonly share: number;
  /** Half of the healthy requests take less. */
  readonly medianS: number;
}

/** A caller's dependency: what part of its requests needs the callee, and after what time trouble there shows here. */
export interface Call {
  readonly to: string;
  readonly share: number;
  readonly delayMs: number;
}

export interface Service {
  readonly name: string;
  readonly cluster: string;
  readonly version: string;
  /** Requests a second in production at a busy hour. */
  readonly rps: number;
  readonly heapMb: number;
  readonly database?: string;
  readonly poolMax?: number;
  readonly routes: readonly Route[];
  readonly calls: readonly Call[];
}

export type Datastore =
  | { readonly kind: 'postgres'; readonly name: string; readonly database: string; readonly maxConnections: number }
  | { readonly kind: 'redis'; readonly name: string; readonly maxMemoryMb: number; readonly commandsPerS: number }
  | { readonly kind: 'kafka'; readonly name: string; readonly topics: readonly Topic[] }
  | { readonly kind: 'mongodb'; readonly name: string; readonly operationsPerS: number }
  | {
      readonly kind: 'alb';
      readonly name: string;
      readonly cluster: string;
      readonly behind: readonly Call[];
      readonly rps: number;
    };

export interface Topic {
  readonly topic: string;
  readonly perS: number;
  readonly consumers: readonly string[];
}

/** How big an environment is beside production, and what runs there. */
export interface EnvironmentPlan {
  readonly environment: Environment;
  readonly instances: number;
  readonly loadFactor: number;
  readonly services: readonly Service[];
  readonly datastores: readonly Datastore[];
}
