/** What a page loads to check evidence by itself. */
export { checkEvidence } from '../../src/control-plane/availability/check-evidence.ts'
export { webProofs } from '../../src/core/evidence/web-proofs.ts'
