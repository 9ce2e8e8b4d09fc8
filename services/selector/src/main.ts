import { run } from '@waybill/service';
import { selectorService } from './service.ts';

await run([selectorService]);
