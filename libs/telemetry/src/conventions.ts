// Names of attributes and metrics. The GenAI ones are those of open-telemetry/semantic-conventions-genai as it stood on
// 2026-07-20: all of it "Development" and without a release, which is why they are written down here and not imported
// from a package that may rename them. Others are stable parts of open-telemetry/semantic-conventions 1.45.

/** Of a call to a model. Never among them: messages, instructions, tool definitions and stop sequences. */
export const genAi = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestTopK: 'gen_ai.request.top_k',
  requestSeed: 'gen_ai.request.seed',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestStream: 'gen_ai.request.stream',
  outputType: 'gen_ai.output.type',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  /** The whole prompt, what came from or went into a cache included. */
  usageInputTokens: 'gen_ai.usage.input_tokens',
  /** The whole answer, reasoning included. */
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageCacheCreationTokens: 'gen_ai.usage.cache_creation.input_tokens',
  usageReasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
} as const;

export const general = {
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  messagingOperation: 'messaging.operation.type',
  messagingCount: 'messaging.batch.message_count',
  serviceName: 'service.name',
  serviceInstance: 'service.instance.id',
} as const;

/** Ours. Ids and amounts belong on spans alone: on a metric they would make a series for each call. */
export const waybill = {
  /** Which service made a span: where one process runs them all, its resource does not say. */
  service: 'waybill.service',
  callId: 'waybill.call.id',
  outcome: 'waybill.outcome',
  dialect: 'waybill.dialect',
  /** As configured: what is asked for upstream is `gen_ai.request.model`. */
  model: 'waybill.model',
  provider: 'waybill.provider',
  simulated: 'waybill.simulated',
  attempts: 'waybill.attempts',
  attemptNumber: 'waybill.attempt.number',
  /** The kind of fault that the attempt before this one ended with. */
  retryReason: 'waybill.retry.reason',
  /** Exact decimal text: a number would be rounded. */
  costUsd: 'waybill.cost.usd',
  costEstimated: 'waybill.cost.estimated',
  limitKind: 'waybill.limit.kind',
  /** A fault's own word for why, such as `elsewhere` or `books_closed`. */
  faultReason: 'waybill.fault.reason',
  events: 'waybill.events',
  projection: 'waybill.projection',
} as const;

/** Where a call's id travels between our services, beside the trace context. */
export const callIdHeader = 'waybill-call-id';

/** Histograms of the GenAI conventions: the name that Prometheus reads, the one that OTLP carries, and the buckets. */
export const genAiMetrics = {
  operationDuration: {
    name: 'gen_ai_client_operation_duration_seconds',
    otlpName: 'gen_ai.client.operation.duration',
    unit: 's',
    buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  timeToFirstChunk: {
    name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    otlpName: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  tokenUsage: {
    name: 'gen_ai_client_token_usage',
    otlpName: 'gen_ai.client.token.usage',
    unit: '{token}',
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
  },
} as const;
