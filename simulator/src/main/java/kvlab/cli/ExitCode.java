package kvlab.cli;

/** What the process ends with. */
public final class ExitCode {
  public static final int OK = 0;

  /** A check that was asked for did not pass. */
  public static final int CHECK_FAILED = 1;

  /** Bad usage or bad input; one line on stderr says what. */
  public static final int BAD_INPUT = 2;

  /** A law that always holds was broken: a fault of kvlab. */
  public static final int BROKEN = 70;

  private ExitCode() {}
}
