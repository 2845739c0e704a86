package kvlab.workload.synth;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kvlab.workload.InputException;

/**
 * Lengths that follow a list of quantiles, evenly between one and the next.
 *
 * <pre>
 *   # where the numbers come from
 *   quantile,tokens
 *   0,1               the first is 0, the last 1; both columns never decrease
 *   0.5,35
 *   1,2028
 * </pre>
 */
public final class Quantiles implements Lengths {
  private static final String HEADER = "quantile,tokens";

  private final double[] quantile; // [knot]
  private final int[] tokens; // [knot]

  private Quantiles(double[] quantile, int[] tokens) {
    this.quantile = quantile;
    this.tokens = tokens;
  }

  /** Reads a file as drawn above. */
  public static Quantiles read(Path file) {
    try {
      return parse(file.toString(), Files.readAllLines(file, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": not a text file", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot read: " + e.getMessage(), e);
    }
  }

  static Quantiles parse(String name, List<String> lines) {
    double[] quantile = new double[lines.size()];
    int[] tokens = new int[lines.size()];
    int knots = 0;
    boolean header = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String place = name + ":" + (i + 1) + ": ";
      if (!header) {
        require(line.equals(HEADER), place + "expected the header " + HEADER);
        header = true;
        continue;
      }
      String[] fields = line.split(",", -1);
      require(fields.length == 2, place + "'" + line + "' is not a quantile and a length");
      try {
        quantile[knots] = Double.parseDouble(fields[0]);
        tokens[knots] = Integer.parseInt(fields[1].strip());
      } catch (NumberFormatException e) {
        throw new InputException(place + "'" + line + "' is not a quantile and a length", e);
      }
      boolean ordered = knots == 0
          ? quantile[0] == 0 && tokens[0] >= 1
          : quantile[knots] > quantile[knots - 1] && tokens[knots] >= tokens[knots - 1];
      require(ordered, place + "'" + line + "' is out of order");
      knots++;
    }
    require(knots > 1 && quantile[knots - 1] == 1, name + ": quantiles must run from 0 to 1");
    return new Quantiles(Arrays.copyOf(quantile, knots), Arrays.copyOf(tokens, knots));
  }

  /** The length below which that share of the lengths lies, by linear interpolation. */
  double at(double share) {
    int found = Arrays.binarySearch(quantile, share);
    if (found >= 0) {
      return tokens[found];
    }
    int right = -found - 1;
    int left = right - 1;
    double along = (share - quantile[left]) / (quantile[right] - quantile[left]);
    return tokens[left] + along * (tokens[right] - tokens[left]);
  }

  @Override
  public int tokens(SplittableRandom random) {
    return (int) Math.floor(at(new Draws(random).uniform()) + 0.5);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new InputException(message);
    }
  }
}
