// The wiring of evaluator: a bounded queue of answers -> scores as events.
import { EvaluatorServiceDefinition } from '@waybill/contracts';
import { offer } from '@waybill/rpc';
import type { ServiceDefinition } from '@waybill/service';
import { scoreOf } from './core/score.ts';
import { createJudgeQueue } from './usecases/judge-queue.ts';

export const evaluatorService: ServiceDefinition = {
  name: 'evaluator',
  async start(context) {
    const { enabled, queueSize } = context.configuration.evaluator;
    const producer = await context.openProducer();
    const skips = context.metrics.counter('waybill_evaluations_skipped_total', 'Answers that were not judged.');
    const queue = createJudgeQueue({
      size: enabled ? queueSize : 0,
      nowMicros: () => context.clock.nowMicros(),
      record: async (drafts) => {
        await producer
          .append(drafts, { fresh: true })
          .catch((err: unknown) => context.alarm('score_not_written', { err }));
      },
      skipped: () => skips.inc(),
      spans: context.spans,
    });
    context.metrics.watch('waybill_evaluations_waiting', 'Answers that wait to be judged.', {
      read: () => [{ value: queue.waiting() }],
    });
    return {
      offers: [
        offer(EvaluatorServiceDefinition, {
          submit: async (request) => ({ accepted: queue.submit(request) }),
          evaluate: async ({ call, reply }) => ({ score: scoreOf(call, reply) }),
        }),
      ],
      drain: () => queue.settled(),
      close: () => producer.close(),
    };
  },
};
