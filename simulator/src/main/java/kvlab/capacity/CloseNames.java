package kvlab.capacity;

import java.util.Comparator;
import java.util.List;

/** Guesses what a person meant by a name that does not exist. */
final class CloseNames {
  private static final int MOST_EDITS = 3;
  private static final int MOST_NAMES = 3;

  private CloseNames() {}

  /** At most three of the names, closest first: by few edits, or by containing the wanted text. */
  static List<String> of(String wanted, List<String> names) {
    return names.stream()
        .filter(name -> distance(wanted, name) <= MOST_EDITS)
        .sorted(Comparator.comparingInt(name -> distance(wanted, name)))
        .limit(MOST_NAMES)
        .toList();
  }

  private static int distance(String wanted, String name) {
    return wanted.length() > 2 && name.contains(wanted) ? 0 : edits(wanted, name);
  }

  /** Insertions, deletions and replacements that turn one text into the other (Levenshtein 1965). */
  static int edits(String from, String to) {
    int[] row = new int[to.length() + 1]; // [characters of to]
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int same = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        int edits = Math.min(diagonal + same, 1 + Math.min(row[j - 1], row[j]));
        diagonal = row[j];
        row[j] = edits;
      }
    }
    return row[to.length()];
  }
}
