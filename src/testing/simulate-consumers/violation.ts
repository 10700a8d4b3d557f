/** A broken promise. */
export interface ConsumersViolation {
  readonly rule: string
  readonly detail: string
}
