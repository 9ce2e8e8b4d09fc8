// What a service is, and what it is given. Services know nothing of processes, transports and stores.
import type { Configuration } from '@waybill/config';
import type { EventProducer, EventReader } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { MongoConnection } from '@waybill/mongodb';
import type { Projection, ProjectionPartition, ProjectionStore } from '@waybill/projections';
import type { Client, ClientOptions, Offer, ServiceDescription } from '@waybill/rpc';
import type { Logger, Metrics, Spans } from '@waybill/telemetry';

/** A projection that runs in the background as long as the service does. */
export interface RunningProjection {
  readonly partition: ProjectionPartition;
  /** Resolves when everything up to the position is folded in. */
  waitFor(position: bigint): Promise<void>;
}

/** Everything a service may use of the world. */
export interface ServiceContext {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** What the service traces with; what it opens says that it is this service's. */
  readonly spans: Spans;
  /** A new id that sorts by time, such as call_01k…. */
  newId(prefix: string): string;
  /**
   * Name of this process among the replicas of its service; no other process has it at the same time. It outlives a
   * restart where the deployment gives stable names.
   */
  readonly instance: string;
  /** host:port where other processes reach this one; undefined when all services are in one process. */
  readonly address: string | undefined;
  readonly events: EventReader;
  /** What this process writes under: the service's name, with the instance where there are several. */
  readonly producerId: string;
  /** Opens the service's producer, once per process; or another one's, which ends the epoch that it has open. */
  openProducer(producerId?: string): Promise<EventProducer>;
  /** Which of the replicas is in charge of what. */
  readonly leases: Leases;
  /**
   * Keeps the record behind the log from now on, as long as the service runs; for the one service whose books hang on it.
   * Throws a FaultError when the stores are not fit for money.
   */
  keepRecord(): Promise<void>;
  /** Document store that the replicas of a service share; undefined when this process is alone. */
  readonly mongodb: MongoConnection | undefined;
  readonly projectionStore: ProjectionStore;
  /** Brings the projection's version up to date and keeps it running. */
  project(projection: Projection): Promise<RunningProjection>;
  /** A client of another service, or of this one. Calls fail with `unavailable` until that service has started. */
  client<Service extends ServiceDescription>(service: Service, options?: ClientOptions<Service>): Client<Service>;
  /** Where local files may be kept; exists, only its owner may enter. */
  readonly dataDirectory: string;
  /** Something an operator has to see: logged as an error with `alarm`, and counted. */
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
  /** The process can no longer do its work and must be started anew: it finishes what it can, and ends as a failure. */
  fail(reason: string): void;
}

/** A service that has been built and can answer. */
export interface RunningService {
  readonly offers: readonly Offer[];
  /** Begins to take calls from outside; called when every service of the process has started. */
  open?(): Promise<readonly ListeningAddress[]>;
  /** Takes in nothing new and finishes what is under way; the signal aborts when the grace time is over. */
  drain?(signal: AbortSignal): Promise<void>;
  /** Flushes and lets go of everything. */
  close?(): Promise<void>;
}

export interface ListeningAddress {
  /** http or grpc. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

/** A service: its name and the one place where it is wired. */
export interface ServiceDefinition {
  readonly name: string;
  start(context: ServiceContext): Promise<RunningService>;
  /** Commands of the command line that belong to this service. */
  readonly commands?: readonly CommandDefinition[];
  /** What `waybill doctor` is to tell of it, running or not; it changes nothing. Never rejects. */
  diagnose?(configuration: Configuration): Promise<readonly Finding[]>;
}

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, and the fix where it is not ok. */
  readonly detail: string;
}

export interface CommandOption {
  /** Without the dashes, such as `json`. */
  readonly name: string;
  readonly summary: string;
  /** Name of its value; a switch when absent. */
  readonly value?: string;
}

/** One command of `waybill`. */
export interface CommandDefinition {
  /** Such as `replay` or `budgets show`. */
  readonly name: string;
  readonly summary: string;
  /** Names of its positional arguments; a trailing `?` makes one optional. */
  readonly arguments?: readonly string[];
  readonly options?: readonly CommandOption[];
  /** Does it; the result is the process's exit code. A thrown FaultError is shown as one line. */
  run(input: CommandInput): Promise<number>;
}

export interface CommandInput {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean>>;
  /** Whether machine-readable output was asked for with --json. */
  readonly json: boolean;
  readonly configuration: Configuration;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Lines of standard input. */
  readonly lines: AsyncIterable<string>;
}
