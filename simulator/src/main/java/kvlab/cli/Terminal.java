package kvlab.cli;

/** What the launcher says of the terminal; without it, output is taken to go to a file. */
final class Terminal {
  private Terminal() {}

  /** Whether a person reads stderr as it comes. */
  static boolean onStderr() {
    return Boolean.getBoolean("kvlab.terminal");
  }

  /** Columns of the terminal that stdout goes to; as many as wanted when it goes elsewhere. */
  static int columns() {
    return Integer.getInteger("kvlab.columns", Integer.MAX_VALUE);
  }
}
