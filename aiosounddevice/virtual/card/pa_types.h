/* PortAudio's binary interface as the virtual card needs it: the types and numbers that its
 * functions exchange. Written from the documented interface, so that building the card asks for no
 * installed PortAudio. */

#ifndef PA_TYPES_H
#define PA_TYPES_H

#define API __attribute__((visibility("default")))

typedef int PaError;
typedef int PaDeviceIndex;
typedef int PaHostApiIndex;
typedef int PaHostApiTypeId;
typedef double PaTime;
typedef void PaStream;
typedef unsigned long PaSampleFormat;
typedef unsigned long PaStreamFlags;
typedef unsigned long PaStreamCallbackFlags;

enum {
    paNoError = 0,
    paNotInitialized = -10000,
    paUnanticipatedHostError = -9999,
    paInvalidChannelCount = -9998,
    paInvalidSampleRate = -9997,
    paInvalidDevice = -9996,
    paInvalidFlag = -9995,
    paSampleFormatNotSupported = -9994,
    paBadIODeviceCombination = -9993,
    paInsufficientMemory = -9992,
    paBufferTooBig = -9991,
    paBufferTooSmall = -9990,
    paNullCallback = -9989,
    paBadStreamPtr = -9988,
    paTimedOut = -9987,
    paInternalError = -9986,
    paDeviceUnavailable = -9985,
    paIncompatibleHostApiSpecificStreamInfo = -9984,
    paStreamIsStopped = -9983,
    paStreamIsNotStopped = -9982,
    paInputOverflowed = -9981,
    paOutputUnderflowed = -9980,
    paHostApiNotFound = -9979,
    paInvalidHostApi = -9978,
    paCanNotReadFromACallbackStream = -9977,
    paCanNotWriteToACallbackStream = -9976,
    paCanNotReadFromAnOutputOnlyStream = -9975,
    paCanNotWriteToAnInputOnlyStream = -9974,
    paIncompatibleStreamHostApi = -9973,
    paBadBufferPtr = -9972
};

enum { paContinue = 0, paComplete = 1, paAbort = 2 };
enum { paNoDevice = -1, paUseHostApiSpecificDeviceSpecification = -2, paInDevelopment = 0 };

#define paFloat32 0x00000001UL
#define paInt32 0x00000002UL
#define paInt24 0x00000004UL
#define paInt16 0x00000008UL
#define paInt8 0x00000010UL
#define paUInt8 0x00000020UL
#define paNonInterleaved 0x80000000UL

#define paNoFlag 0UL
#define paClipOff 0x00000001UL
#define paDitherOff 0x00000002UL
#define paNeverDropInput 0x00000004UL
#define paPrimeOutputBuffersUsingStreamCallback 0x00000008UL
#define paPlatformSpecificFlags 0xFFFF0000UL

#define paInputUnderflow 0x00000001UL
#define paInputOverflow 0x00000002UL
#define paOutputUnderflow 0x00000004UL
#define paOutputOverflow 0x00000008UL
#define paPrimingOutput 0x00000010UL

typedef struct PaVersionInfo {
    int versionMajor, versionMinor, versionSubMinor;
    const char *versionControlRevision;
    const char *versionText;
} PaVersionInfo;

typedef struct PaHostApiInfo {
    int structVersion; /* 1 */
    PaHostApiTypeId type;
    const char *name;
    int deviceCount;
    PaDeviceIndex defaultInputDevice, defaultOutputDevice;
} PaHostApiInfo;

typedef struct PaHostErrorInfo {
    PaHostApiTypeId hostApiType;
    long errorCode;
    const char *errorText;
} PaHostErrorInfo;

typedef struct PaDeviceInfo {
    int structVersion; /* 2 */
    const char *name;
    PaHostApiIndex hostApi;
    int maxInputChannels, maxOutputChannels;
    PaTime defaultLowInputLatency, defaultLowOutputLatency;
    PaTime defaultHighInputLatency, defaultHighOutputLatency;
    double defaultSampleRate;
} PaDeviceInfo;

typedef struct PaStreamParameters {
    PaDeviceIndex device;
    int channelCount;
    PaSampleFormat sampleFormat;
    PaTime suggestedLatency;
    void *hostApiSpecificStreamInfo;
} PaStreamParameters;

typedef struct PaStreamCallbackTimeInfo {
    PaTime inputBufferAdcTime, currentTime, outputBufferDacTime;
} PaStreamCallbackTimeInfo;

typedef struct PaStreamInfo {
    int structVersion; /* 1 */
    PaTime inputLatency, outputLatency;
    double sampleRate;
} PaStreamInfo;

typedef int PaStreamCallback(const void *input, void *output, unsigned long frameCount,
                             const PaStreamCallbackTimeInfo *timeInfo,
                             PaStreamCallbackFlags statusFlags, void *userData);
typedef void PaStreamFinishedCallback(void *userData);

API int Pa_GetVersion(void);
API const char *Pa_GetVersionText(void);
API const PaVersionInfo *Pa_GetVersionInfo(void);
API const char *Pa_GetErrorText(PaError code);
API PaError Pa_Initialize(void);
API PaError Pa_Terminate(void);
API PaHostApiIndex Pa_GetHostApiCount(void);
API PaHostApiIndex Pa_GetDefaultHostApi(void);
API const PaHostApiInfo *Pa_GetHostApiInfo(PaHostApiIndex index);
API PaHostApiIndex Pa_HostApiTypeIdToHostApiIndex(PaHostApiTypeId type);
API PaDeviceIndex Pa_HostApiDeviceIndexToDeviceIndex(PaHostApiIndex index, int device);
API const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void);
API PaDeviceIndex Pa_GetDeviceCount(void);
API PaDeviceIndex Pa_GetDefaultInputDevice(void);
API PaDeviceIndex Pa_GetDefaultOutputDevice(void);
API const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex device);
API PaError Pa_IsFormatSupported(const PaStreamParameters *in, const PaStreamParameters *out,
                                 double rate);
API PaError Pa_OpenStream(PaStream **stream, const PaStreamParameters *in,
                          const PaStreamParameters *out, double rate, unsigned long frames,
                          PaStreamFlags flags, PaStreamCallback *callback, void *user);
API PaError Pa_OpenDefaultStream(PaStream **stream, int inputs, int outputs,
                                 PaSampleFormat format, double rate, unsigned long frames,
                                 PaStreamCallback *callback, void *user);
API PaError Pa_CloseStream(PaStream *stream);
API PaError Pa_SetStreamFinishedCallback(PaStream *stream, PaStreamFinishedCallback *finished);
API PaError Pa_StartStream(PaStream *stream);
API PaError Pa_StopStream(PaStream *stream);
API PaError Pa_AbortStream(PaStream *stream);
API PaError Pa_IsStreamStopped(PaStream *stream);
API PaError Pa_IsStreamActive(PaStream *stream);
API const PaStreamInfo *Pa_GetStreamInfo(PaStream *stream);
API PaTime Pa_GetStreamTime(PaStream *stream);
API double Pa_GetStreamCpuLoad(PaStream *stream);
API PaError Pa_ReadStream(PaStream *stream, void *buffer, unsigned long frames);
API PaError Pa_WriteStream(PaStream *stream, const void *buffer, unsigned long frames);
API signed long Pa_GetStreamReadAvailable(PaStream *stream);
API signed long Pa_GetStreamWriteAvailable(PaStream *stream);
API PaHostApiTypeId Pa_GetStreamHostApiType(PaStream *stream);
API PaError Pa_GetSampleSize(PaSampleFormat format);
API void Pa_Sleep(long msec);

#endif
