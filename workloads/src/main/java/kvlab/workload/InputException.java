package kvlab.workload;

/**
 * Bad input from outside: a file, a value, an option. The message is one line for a person and names
 * the file, the line and the value where there is one; the command line prints it and exits with 2.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InputException(String message) {
    super(message);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
