// A connection to NATS that comes back by itself, for ever.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { natsFault } from './nats-faults.ts';
import type { NatsSettings } from './nats-settings.ts';

/** How long one request to the server may take, milliseconds. */
const requestTimeoutMs = 3_000;
const pingEveryMs = 5_000;
const reconnectEveryMs = 250;
const drainWithinMs = 2_000;

class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  override readonly message = 'the connection to NATS was lost';
}

export interface NatsLink {
  readonly connection: NatsConnection;
  readonly publisher: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Name of the stream. */
  readonly stream: string;
  /** Calls the listener after each reconnect; returns how to end that. */
  onReconnect(listener: () => void): () => void;
  /** The answer to a request; rejects as soon as the connection was lost and is back, since none will come any more. */
  answer<Value>(request: Promise<Value>): Promise<Value>;
  /** The same for a question, which is asked again over the new connection. */
  ask<Value>(question: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly nats: NatsSettings;
  /** Shown in the server's monitoring. */
  readonly name: string;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** Throws a FaultError `unavailable` when no server can be reached, or none takes the credentials. */
export async function connectNats({ nats, name, alarm }: LinkOptions): Promise<NatsLink> {
  const connection = await connect(connectionOptions(nats, name)).catch((thrown: unknown) => {
    throw natsFault(thrown, 'NATS cannot be reached');
  });
  const listeners = new Set<() => void>();
  let isClosing = false;

  void watchStatus(connection, listeners);
  void connection.closed().then((error) => {
    if (!isClosing) alarm('nats_connection_closed', { name, err: error ?? undefined });
  });

  function onReconnect(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async function answer<Value>(request: Promise<Value>): Promise<Value> {
    const reconnected = Promise.withResolvers<never>();
    const forget = onReconnect(() => reconnected.reject(new ConnectionLost()));
    return Promise.race([request, reconnected.promise]).finally(forget);
  }

  return {
    connection,
    publisher: jetstream(connection, { timeout: requestTimeoutMs }),
    manager: await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false }),
    stream: nats.stream,
    onReconnect,
    answer,
    async ask(question) {
      for (;;) {
        try {
          return await answer(question());
        } catch (thrown) {
          if (!(thrown instanceof ConnectionLost)) throw thrown;
        }
      }
    },
    async close() {
      if (isClosing || connection.isClosed()) return;
      isClosing = true;
      const drained = connection.drain().catch(() => undefined);
      await Promise.race([drained, sleep(drainWithinMs, undefined, { ref: false })]);
      await connection.close();
    },
  };
}

async function watchStatus(connection: NatsConnection, listeners: ReadonlySet<() => void>): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'reconnect') for (const listener of [...listeners]) listener();
  }
}

function connectionOptions({ urls, user, password, credentialsFile, tls }: NatsSettings, name: string) {
  const options: NodeConnectionOptions = {
    servers: [...urls],
    name,
    timeout: requestTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectEveryMs,
    // Credentials are renewed under a running process; until then the server may refuse the old ones.
    ignoreAuthErrorAbort: true,
    pingInterval: pingEveryMs,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
  if (tls) options.tls = { caFile: tls.caFile, certFile: tls.certificateFile, keyFile: tls.keyFile };
  if (credentialsFile) {
    options.authenticator = credsAuthenticator(() => readFileSync(credentialsFile));
  } else if (user !== undefined) {
    options.user = user;
    options.pass = password?.reveal() ?? '';
  }
  return options;
}
