import type { Datastore, EnvironmentPlan } from './estate.ts';
import { MANAGEMENT_SERVICES, PLATFORM_SERVICES } from './services.ts';

const PLATFORM_DATASTORES: readonly Datastore[] = [
  { kind: 'postgres', name: 'payments-db', database: 'payments', maxConnections: 120 },
  { kind: 'postgres', name: 'loans-db', database: 'loans', maxConnections: 400 },
  { kind: 'postgres', name: 'customer-db', database: 'customers', maxConnections: 250 },
  { kind: 'redis', name: 'session-redis', maxMemoryMb: 2048, commandsPerS: 900 },
  { kind: 'redis', name: 'pricing-redis', maxMemoryMb: 1024, commandsPerS: 1400 },
  {
    kind: 'kafka',
    name: 'events-kafka',
    topics: [
      { topic: 'payments.events', perS: 70, consumers: ['ledger-writer', 'notification-sender'] },
      { topic: 'loans.events', perS: 45, consumers: ['reporting-loader', 'notification-sender'] },
      { topic: 'kyc.results', perS: 9, consumers: ['loan-origination'] },
    ],
  },
  { kind: 'mongodb', name: 'documents-mongo', operationsPerS: 160 },
  {
    kind: 'alb',
    name: 'public-alb',
    cluster: 'channels',
    rps: 145,
    behind: [
      { to: 'gateway', share: 0.83, delayMs: 0 },
      { to: 'branch-portal', share: 0.17, delayMs: 0 },
    ],
  },
];

const NOT_IN_DEV: readonly string[] = ['collections', 'reporting', 'branch-portal'];

/** Every environment with its size. Production runs two instances of each service, the others one. */
export const ESTATE: readonly EnvironmentPlan[] = [
  {
    environment: 'dev',
    instances: 1,
    loadFactor: 0.25,
    services: PLATFORM_SERVICES.filter((service) => !NOT_IN_DEV.includes(service.name)),
    datastores: PLATFORM_DATASTORES,
  },
  { environment: 'stage', instances: 1, loadFactor: 0.3, services: PLATFORM_SERVICES, datastores: PLATFORM_DATASTORES },
  { environment: 'preprod', instances: 1, loadFactor: 0.4, services: PLATFORM_SERVICES, datastores: PLATFORM_DATASTORES },
  { environment: 'prod', instances: 2, loadFactor: 1, services: PLATFORM_SERVICES, datastores: PLATFORM_DATASTORES },
  { environment: 'management', instances: 1, loadFactor: 1, services: MANAGEMENT_SERVICES, datastores: [] },
];
