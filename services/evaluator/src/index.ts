export { evaluatorService } from './service.ts';
