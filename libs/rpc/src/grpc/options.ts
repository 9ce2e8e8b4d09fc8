import { type ChannelOptions, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Limits } from '../limits.ts';

// What grpc-js would print comes to us as statuses and errors as well.
setLogVerbosity(logVerbosity.NONE);

// Room for frame headers and metadata, and so that a message just beyond our limit is refused by us, as `too_large`.
const spareBytes = 1024 * 1024;

/** Below every grace time: a ping that meets a draining server's farewell would kill the calls it still answers. */
const keepAliveTimeMs = 30_000;
const keepAliveTimeoutMs = 10_000;

function sharedOptions(limits: Limits): ChannelOptions {
  return {
    'grpc.keepalive_time_ms': keepAliveTimeMs,
    'grpc.keepalive_timeout_ms': keepAliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': limits.messageBytesMax + spareBytes,
    'grpc.max_send_message_length': limits.messageBytesMax + spareBytes,
  };
}

/** Servers keep channelz: without its books grpc-js 1.14.7 does not know which connections forceShutdown must close. */
export function serverOptions(limits: Limits): ChannelOptions {
  return { ...sharedOptions(limits), 'grpc.max_concurrent_streams': limits.concurrentStreamsMax };
}

/**
 * Channels keep to themselves: no retries (they belong to the gateway alone), no proxies, no configuration by DNS. Each
 * is one connection: it is never idle by itself, and when it is lost another channel is made. With TLS they ask for the
 * server by the name it is looked for under, as an address is none.
 */
export function clientOptions(limits: Limits, server?: string): ChannelOptions {
  return {
    ...sharedOptions(limits),
    ...(server === undefined ? {} : { 'grpc.ssl_target_name_override': server }),
    'grpc.enable_channelz': 0,
    'grpc.client_idle_timeout_ms': 2 ** 31 - 1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
  };
}
