package kvlab.workload;

/** A request that stands behind one that arrives later, in a file that cannot be sorted as it is read. */
final class OutOfOrderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutOfOrderException(String message) {
    super(message);
  }
}
