/** What came of one attempt to deliver something. */
export interface Attempt {
  /**
   * `failed`: worth another attempt; `refused`: this will never be taken; `gone`: nothing will ever be taken there.
   */
  readonly verdict: 'worked' | 'failed' | 'refused' | 'gone'
  /** Of HTTP, or of SMTP. */
  readonly status?: number | undefined
  /** In words for whoever runs the receiver; absent when it worked. */
  readonly error?: string
  /** The first KiB of the answer. */
  readonly response?: string
}

/** Answers come from anyone: what a terminal or a database could stumble over becomes visible. */
export function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\u{FFFD}')
}
