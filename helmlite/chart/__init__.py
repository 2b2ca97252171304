"""What a chart is: metadata, files, subcharts, read from a directory or an archive.

Both are hostile input: nothing outside the chart is read, and nothing is unpacked without measure.
"""
