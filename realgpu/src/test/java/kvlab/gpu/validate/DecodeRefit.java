package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Fits the model of decode attention anew to the points that a run of K2 left, by the work lists of today:
 * {@code DecodeRefit K2.csv RESIDENT_BLOCKS OUT.csv}. Calibration points stay calibration points. Needs no
 * device.
 */
final class DecodeRefit {
  private static final double SMALL_MICROS = 20;

  private DecodeRefit() {}

  public static void main(String[] args) throws IOException {
    List<String> lines = Files.readAllLines(Path.of(args[0]));
    int resident = Integer.parseInt(args[1]);
    Points points = new Points("batch,context,group,page_tokens,batch_shape,addressing");
    Map<String, double[]> known = new HashMap<>(); // a fit works each array out once
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",");
      int group = Integer.parseInt(cells[2]);
      boolean skewed = cells[4].equals("skewed");
      AttentionParts.Shape shape = new AttentionParts.Shape(
          Integer.parseInt(cells[0]),
          Integer.parseInt(cells[1]),
          group,
          Integer.parseInt(cells[3]),
          skewed);
      if (Points.isHeldOut(points.all().size()) != cells[6].equals("held-out")) {
        throw new IllegalArgumentException("not every other point is held out: " + line);
      }
      double[] features = known.computeIfAbsent(
          cells[0] + "," + cells[1] + "," + group + "," + skewed,
          key -> AttentionParts.features(Scale.GPU.heads(group), resident, shape.contexts()));
      String label = String.join(",", List.of(cells).subList(0, 6));
      points.add(label, Double.parseDouble(cells[8]), features);
    }
    SharedBandwidth model = SharedBandwidth.fit(points.calibration());
    points.write(Path.of(args[2]), model);
    StringBuilder findings = new StringBuilder(Finding.HEADER + "\n");
    points
        .judge("K2", "decode attention latency", SMALL_MICROS, model)
        .forEach(finding -> findings.append(finding.line()).append('\n'));
    Path table = Path.of(args[2]);
    String name = table.getFileName().toString().replace(".csv", "-findings.csv");
    Files.writeString(table.resolveSibling(name), findings);
  }
}
